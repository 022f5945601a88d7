"""Writes events.bin with TensorBoard's own classes (pip install tensorboard): the reference for EventFileTests.

usage: make_events.py OUT
"""
import sys

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

summary = summary_pb2.Summary(
    value=[
        summary_pb2.Summary.Value(tag="loss", simple_value=2.3145),
        summary_pb2.Summary.Value(tag="grad_norm", simple_value=0.0),
        summary_pb2.Summary.Value(tag="lr/connector", simple_value=1e-3),
    ]
)
start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
with open(sys.argv[1], "wb") as file:
    writer = RecordWriter(file)
    for event in [
        event_pb2.Event(wall_time=1700000000.5, step=0, file_version="brain.Event:2"),
        event_pb2.Event(wall_time=1700000000.5, step=300, session_log=start),
        event_pb2.Event(wall_time=1700000000.5, step=300, summary=summary),
    ]:
        writer.write(event.SerializeToString(deterministic=True))
    writer.flush()
