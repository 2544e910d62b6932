"""One lane of a fetch: takes chunks of keys, reads them, works on them, answers.

A lane runs in a thread of the caller's process or in a process of its own; it
does not know which. It needs no credentials chain: every chunk brings the
credentials that are good now. It outlives the streams that pass through it, and
keeps connections from one to the next.
"""

import os

from ops.archive.channel import Channel
from ops.archive.lane import READY, Inbox, answer


def serve(channel: Channel, *, remote: bool) -> None:
    """Work on chunks until the other end closes; however it ends, say so by a None.

    `remote` says whether the objects lie in a bucket.
    """
    inbox = Inbox(channel)
    inbox.start()
    try:
        if remote:
            from ops.archive.bucket_lane import work
        else:
            from ops.archive.copy_lane import work
        answer(channel, (READY, []))
        work(channel, inbox)
    finally:
        answer(channel, None)
        inbox.join()  # it closes the channel: nobody else may while it reads


def main(descriptor: int, *, remote: bool) -> None:
    """Be a lane in a process of its own, on an inherited socket."""
    serve(Channel.inherited(descriptor), remote=remote)
    os._exit(0)  # nothing is left to be cleaned up, and tearing the interpreter down takes time
