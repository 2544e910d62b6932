"""Work in an order: each piece after those it needs, some at the same time."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import TypeVar

Answer = TypeVar("Answer")
Begin = Callable[[str, Mapping[str, Answer]], Answer]
"""Does one piece of work; gets the answers of what it needs."""


def walk(
    needs: Mapping[str, Sequence[str]], begin: Begin[Answer], *, workers: int = 1
) -> dict[str, Answer]:
    """Call `begin` for every name after those it needs, and return the answers.

    One worker is the calling thread, so that questions and Ctrl-C work as ever.
    Needs that are no names of `needs` themselves are left out.
    """
    known = {name: [one for one in before if one in needs] for name, before in needs.items()}
    if workers == 1:
        answers: dict[str, Answer] = {}
        for name in TopologicalSorter(known).static_order():
            answers[name] = begin(name, {one: answers[one] for one in known[name]})
        return answers
    with ThreadPoolExecutor(workers) as pool:
        return _walk_together(known, begin, pool)


def _walk_together(
    needs: Mapping[str, Sequence[str]], begin: Begin[Answer], pool: ThreadPoolExecutor
) -> dict[str, Answer]:
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    answers: dict[str, Answer] = {}
    running: dict[Future[Answer], str] = {}
    while sorter.is_active():
        for name in sorter.get_ready():
            given = {one: answers[one] for one in needs[name]}
            running[pool.submit(begin, name, given)] = name
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            name = running.pop(future)
            answers[name] = future.result()
            sorter.done(name)
    return answers
