"""`datasets` reads its settings when imported: no network, and nothing written outside the tests."""

import os
import tempfile

os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HOME": tempfile.mkdtemp(prefix="hf-")}
