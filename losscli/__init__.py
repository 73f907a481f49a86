"""losscli: what is the loss? The number, from files, without a framework."""

__version__ = "0.1.0"
