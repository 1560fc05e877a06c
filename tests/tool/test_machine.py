"""What is said of the processors of this machine."""

import gluonbook as gb  # noqa: F401  # before mxnet
from gluonbook.tool import machine


def test_the_processor_has_the_name_that_the_system_gives_it(monkeypatch, tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text("processor\t: 0\nmodel name\t: Fast: One\nmodel name\t: Fast: Two\n")
    monkeypatch.setattr(machine, "Path", lambda name: path)
    assert machine.processor() == "Fast: One"
    path.unlink()  # as on macOS
    assert machine.processor() == machine.platform.machine()


def test_processors_that_another_process_keeps_are_not_counted(monkeypatch):
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 64)
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert machine.num_processors() == 3
    monkeypatch.delattr(machine.os, "sched_getaffinity")  # as on macOS
    assert machine.num_processors() == 64
