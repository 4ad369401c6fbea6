"""What is measured of the program itself: the start, the idle scheduler, the binary, the build."""

import os
import shutil
import signal
import subprocess
import sys
import time

import run

SMALL = 1000  # people in the extracts of the runs that `canbao runs` lists
IDLE_SECONDS = 20


def small_history(o):
    """A state folder with a month of runs, as a bureau has it; and the extracts that they ran on."""
    small = run.work_for(o, "enrollment", SMALL)
    data, state = run.extracts(small), o.work / "history"
    shutil.rmtree(state, ignore_errors=True)
    words = [o.canbao, "backfill", "enrollment-audit", "--from", "2024-03-01", "--to", "2024-03-31", "--region", run.REGION, "--data", data,
             "--publish", state / "published", "--state", state / "state"]
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=run.ROOT)
    if done.returncode != 0:
        raise run.Failed(f"exit status {done.returncode}: {' '.join(map(str, words))}\n{done.stderr[-2000:]}")
    return data, state


def first_line(o, state):
    """Seconds from the start of the process to the first line of `canbao runs`."""
    began = time.perf_counter()
    child = subprocess.Popen([str(o.canbao), "runs", "--state", str(state / "state")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, cwd=run.ROOT)
    line = child.stdout.readline()
    took = time.perf_counter() - began
    child.stdout.read()
    child.stdout.close()
    if child.wait() != 0 or not line.endswith(b"\n"):
        raise run.Failed(f"exit status {child.returncode}: canbao runs")
    return took


def starts(o):
    """So many starts that a median of milliseconds means something; the first is the warm-up."""
    _, state = small_history(o)
    took = [first_line(o, state) for _ in range(1 + max(20, o.runs))][1:]
    shutil.rmtree(state)
    return took


def process(pid):
    """Resident MiB and processor seconds of a living process; its anonymous part where the kernel tells it."""
    if os.path.exists(f"/proc/{pid}/status"):
        kib = {key: int(run.first_match(f"/proc/{pid}/status", key + ":").split()[0]) for key in ("VmRSS", "RssAnon")}
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            fields = f.read().rpartition(")")[2].split()
        return kib["VmRSS"] / 1024, kib["RssAnon"] / 1024, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    told = subprocess.run(["ps", "-o", "rss=,time=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout.split()
    seconds = 0.0
    for part in told[1].replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return int(told[0]) / 1024, None, seconds


def idle(o):
    """An idle `canbao serve` with the shipped pipelines: resident MiB, of which anonymous, processor seconds, after `IDLE_SECONDS`."""
    out = o.work / "out" / "serve"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    words = [o.canbao, "serve", "--state", out / "state", "--publish", out / "published", "--data", out / "data"]
    (out / "data").mkdir()
    with open(out / "stderr", "w+", encoding="utf-8") as stderr:
        child = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, cwd=run.ROOT)
        try:
            time.sleep(IDLE_SECONDS)
            if child.poll() is not None:
                stderr.seek(0)
                raise run.Failed(f"exit status {child.returncode}: canbao serve\n{stderr.read()[-2000:]}")
            return process(child.pid)
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
                try:
                    child.wait(60)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
            shutil.rmtree(out, ignore_errors=True)


def build(o):
    """Seconds of a clean release build with two jobs, and the size of what it built. Dependencies are fetched before and not timed."""
    target = o.work / "clean-build"
    shutil.rmtree(target, ignore_errors=True)
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target))
    subprocess.run(["cargo", "fetch", "--locked"], check=True, cwd=run.ROOT, stdout=sys.stderr)
    began = time.perf_counter()
    subprocess.run(["cargo", "build", "--release", "--locked", "--offline", "--jobs", "2"], check=True, cwd=run.ROOT, env=environment, stdout=sys.stderr)
    took = time.perf_counter() - began
    size = (target / "release" / "canbao").stat().st_size
    shutil.rmtree(target)
    return took, size
