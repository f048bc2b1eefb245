"""A standalone cluster on this machine with two workers: an executor is killed while its tasks run.

Twice, each time with the sums of all keys equal to numpy: while rows are read, and while merged sums leave,
when the shuffle files of the killed executor are out of reach too.

python spark/killed_executor.py [--rows 200000]
"""

import argparse
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
from states import Frame, family, stat, write

from wattsum import spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LOOPBACK = "127.0.0.1"
PATIENCE = 300
"""Seconds after which something that has not happened will not."""
LOG4J = """
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %p %c{{1}}: %m%n
"""
T = TypeVar("T")


def waited(what: str, found: Callable[[], T | None]) -> T:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        value = found()
        if value is not None:
            return value
        time.sleep(0.05)
    raise TimeoutError(what)


@contextlib.contextmanager
def cluster(scratch: Path) -> Iterator[str]:
    """A master and two workers of one core each, on loopback; gives the master's address."""
    import pyspark

    home = Path(pyspark.__file__).parent
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, role: str, *arguments: str) -> Path:
        log = scratch / f"{name}.log"
        command = [
            str(home / "bin/spark-class"),
            f"org.apache.spark.deploy.{role}",
            "--host",
            LOOPBACK,
            *arguments,
        ]
        environment = {**os.environ, "SPARK_HOME": str(home)}
        with log.open("wb") as file:
            process = subprocess.Popen(
                command, stdout=file, stderr=file, env=environment, stdin=subprocess.DEVNULL
            )
        started.append(process)
        return log

    def address(log: Path) -> str | None:
        found = re.search(r"Starting Spark master at (spark://\S+)", log.read_text())
        port = re.search(r"Successfully started service 'sparkMaster' on port (\d+)", log.read_text())
        return f"spark://{LOOPBACK}:{port[1]}" if found and port else None

    try:
        log = start("master", "master.Master", "--port", "0", "--webui-port", "0")
        master = waited("the master's address", lambda: address(log))
        for number in (1, 2):
            folder = str(scratch / f"worker{number}")
            start(
                f"worker{number}",
                "worker.Worker",
                "--webui-port",
                "0",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                folder,
                master,
            )
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(PATIENCE)


def session(master: str, log: Path) -> "SparkSession":
    """The driver; what its JVM logs goes to `log`."""
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.executor.cores": "1",
        "spark.executor.memory": "512m",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.adaptive.coalescePartitions.enabled": "false",  # so that each executor has a task
        # As between machines: the files of a killed executor are out of reach, and soon given up.
        "spark.shuffle.readHostLocalDisk": "false",
        "spark.shuffle.io.maxRetries": "1",
        "spark.shuffle.io.retryWait": "1s",
    }
    log4j = log.with_suffix(".properties")
    log4j.write_text(LOG4J.format(log))
    settings["spark.driver.extraJavaOptions"] = f"-Dlog4j2.configurationFile={log4j.as_uri()}"
    builder = SparkSession.builder.master(master)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def gate(folder: Path) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """A step that notes which executor runs the task, and waits until `folder/open` is there."""

    def step(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from pyspark import TaskContext

        context = TaskContext.get()
        assert context is not None
        # An executor's Python workers are children of its one daemon.
        daemon = int(Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()[1])
        made = folder / f"{context.taskAttemptId()}.new"
        made.write_text(f"{daemon} {context.partitionId()}")
        made.rename(folder / f"{context.taskAttemptId()}.task")
        while not (folder / "open").exists():
            time.sleep(0.02)
        yield from batches

    return step


def tasks(folder: Path) -> list[tuple[int, int]]:
    """Executor (its process) and partition of each task that came to the gate."""
    noted = [file.read_text().split() for file in folder.glob("*.task")]
    return [(int(executor), int(partition)) for executor, partition in noted]


def executors() -> set[int]:
    """The executors' JVMs among the processes below this one."""
    found = set()
    for pid in family(os.getpid()):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if b"CoarseGrainedExecutorBackend" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return {pid for pid in found if stat(pid)[0] not in found}


def killed(connected: "SparkSession", job: "DataFrame", folder: Path, log: Path) -> tuple[pa.Table, str]:
    """Runs the job, and kills an executor of those whose tasks wait at the gate."""
    alive = waited("two executors", lambda: found if len(found := executors()) == 2 else None)
    lost = log.read_text().count("Lost executor")
    tracker = connected.sparkContext.statusTracker()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(job.toArrow)

        def busy() -> set[int] | None:
            if running.done():
                running.result()
                raise AssertionError("the job ended before the gate was opened")
            at_gate = {executor for executor, _ in tasks(folder)}
            return at_gate if len(at_gate) == 2 else None

        at_gate = waited("a task of each executor at the gate", busy)
        assert at_gate == alive, (at_gate, alive)
        stages = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        active = sum(stage.numActiveTasks for stage in stages if stage)
        assert active == 2, stages
        victim = min(at_gate)
        in_flight = sum(executor == victim for executor, _ in tasks(folder))
        os.kill(victim, signal.SIGKILL)
        waited("the end of the executor", lambda: True if victim not in executors() else None)
        waited("word of it", lambda: True if log.read_text().count("Lost executor") > lost else None)
        assert not running.done()
        (folder / "open").touch()
        result = running.result(PATIENCE)
    report = re.findall(r"Lost executor .*", log.read_text())[-1]
    attempts = tasks(folder)
    repeated = len(attempts) - len({partition for _, partition in attempts})
    assert in_flight >= 1, "no task was running on the executor"
    assert repeated >= in_flight, attempts
    text = f"killed process {victim}, {in_flight} task in flight of {active}; {repeated} repeated"
    return result, f"{text}; Spark: {report}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    frame = Frame(parser.parse_args().rows, groups=200, words=2, seed=5)
    os.environ.update(SPARK_LOCAL_IP=LOOPBACK, PYSPARK_PYTHON=sys.executable, PYTHONSAFEPATH="1")
    wrong = 0
    with tempfile.TemporaryDirectory() as name, cluster(Path(name)) as master:
        scratch = Path(name)
        files, log = write(scratch / "rows", frame.table(), 6), scratch / "driver.log"
        connected = session(master, log)
        for moment in ("while rows are read", "while sums leave"):
            folder = scratch / moment.replace(" ", "-")
            folder.mkdir()
            rows = connected.read.parquet(str(files))
            if moment == "while rows are read":
                rows = rows.mapInArrow(gate(folder), rows.schema)
            sums = spark.aggregate(rows, ["group", "round"], "state", "shamir")
            if moment == "while sums leave":
                sums = sums.mapInArrow(gate(folder), sums.schema)
            result, text = killed(connected, sums, folder, log)
            different = frame.wrong(result)
            wrong += different
            print(
                f"{moment}: {text}\n  {result.num_rows} keys of {len(frame.group)} rows, {different} wrong",
                flush=True,
            )
        gone, again = (
            log.read_text().count(text) for text in ("Shuffle files lost for executor", "Resubmitting")
        )
        print(f"Spark: shuffle files lost of {gone} executors, stages resubmitted: {again}")
        assert gone == 2
        assert again >= 1
        connected.stop()
    print("equal to numpy" if not wrong else "DIFFERENT FROM NUMPY")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
