"""A stand-in for the Hugging Face Hub on loopback, which the real client libraries talk to.

```python
with Double(folder) as hub:
    token = hub.token("ann")  # may write to ann/…
    hub.put("ann/mix", {"data/train.parquet": content}, card="# A mix")
    hub.fault("POST", r"/commit/", status=503, times=2)
    with Client(hub, home, token=token, xet=False) as client:  # a process with its own settings
        client.call(some_function, "ann/mix")
    hub.sent(r"/resolve/")  # bytes
```
"""

from double.client import Client, environment
from double.faults import Fault
from double.hub import Double
from double.repository import MAIN, File, Repository

__all__ = ["MAIN", "Client", "Double", "Fault", "File", "Repository", "environment"]
