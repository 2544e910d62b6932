"""Objects come out of a channel as they went in, and its end is noticed."""

import threading
import time

import pytest

from ops.archive.channel import Channel, waiting


@pytest.fixture
def ends():
    near, far = Channel.pair()
    with near, far:
        yield near, far


def test_values_arrive_whole_and_in_order(ends):
    near, far = ends
    values = [None, (1, ["a" * 100]), {"body": b"\0" * 5_000_000}, []]
    sender = threading.Thread(target=lambda: [near.send(one) for one in values])
    sender.start()
    assert [far.receive() for _ in values] == values
    sender.join()


def test_both_ends_send_at_once_when_each_has_a_reader(ends):
    near, far = ends
    came = []
    reader = threading.Thread(target=lambda: came.append(far.receive()))
    reader.start()
    far.send(b"x" * 100_000)
    near.send(b"y" * 3_000_000)
    assert near.receive() == b"x" * 100_000
    reader.join()
    assert came == [b"y" * 3_000_000]


def test_the_end_of_the_other_end_ends_reading_and_writing(ends):
    near, far = ends
    near.send("last")
    near.close()
    assert far.receive() == "last"
    with pytest.raises(EOFError):
        far.receive()
    with pytest.raises(OSError, match="pipe"):
        far.send("too late")


def test_half_a_message_is_an_end(ends):
    near, far = ends
    near._end.sendall(b"\0\0\0\xff half")
    near.close()
    with pytest.raises(EOFError):
        far.receive()


def test_only_channels_with_something_to_say_are_returned(ends):
    near, far = ends
    alone, gone = Channel.pair()
    gone.close()
    with alone:
        assert not far.has_message()
        near.send(1)
        assert waiting([far, near, alone]) == [far, alone]
        assert far.has_message()
        begun = time.monotonic()
        assert waiting([near], seconds=0.1) == []
        assert time.monotonic() - begun >= 0.09
