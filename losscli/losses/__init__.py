"""The losses: a folder a family, a file a loss, named as the loss is. `_*.py` hold what several kernels share.

`index.py` lists them, so that a start need not look into folders; `python docs/make.py` writes it anew.
"""
