"""Reads a model file of ours with the public safetensors package and prints its tensors and metadata.

Made for Python 3.11, safetensors 0.8.0, numpy 2.4.6:  python safetensors_check.py MODEL.apus
"""

import sys

from safetensors import safe_open

with safe_open(sys.argv[1], "np") as file:
    for key, value in sorted((file.metadata() or {}).items()):
        print(f"{key}: {value[:200]}")
    for name in file.keys():
        tensor = file.get_tensor(name)
        print(name, tensor.dtype, list(tensor.shape), tensor.ravel()[:4])
