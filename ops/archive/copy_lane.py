"""A lane's work on a copy of a bucket or a bundle: one object after the other."""

from collections.abc import Callable

from ops.archive.channel import Channel
from ops.archive.directory import Folders, read
from ops.archive.lane import Inbox, answer
from ops.archive.metadata import NONE
from ops.archive.model import Fault, Object, Source


def work(channel: Channel, inbox: Inbox) -> None:
    """Work on chunks until the other end closes."""
    readers: dict[Source, Callable[[str, int], bytes]] = {}
    while (chunk := inbox.chunks.get()) is not None:
        task = inbox.tasks[chunk.task]
        if task.source not in readers:
            readers[task.source] = _reader(task.source)
        body, metadata = readers[task.source], chunk.metadata or {}
        results = []
        for key in chunk.keys:
            try:
                found: Object | Fault = Object(body(key, task.limit), metadata.get(key, NONE))
            except Fault as fault:
                found = fault
            results.append(task.job(key, found))
        if not answer(channel, (chunk.number, task.packed(chunk.keys, results))):
            return


def _reader(source: Source) -> Callable[[str, int], bytes]:
    if source.kind == "bundle":
        from ops.archive.bundle import Bundle

        bundle = Bundle(source)
        return lambda key, limit: bundle.body(key, limit=limit)
    folders = Folders(source.path)
    return lambda key, limit: read(folders, key, limit=limit)
