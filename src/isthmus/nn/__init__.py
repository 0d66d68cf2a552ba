"""Networks as blocks: flat keyword arguments in, tensors through, no loss inside."""

from ._activations import ACTIVATIONS as ACTIVATIONS
from ._activations import Activation as Activation
from ._activations import make_activation as make_activation
from ._affine import linear as linear
from ._autograd import PRECISIONS as PRECISIONS
from ._autograd import AutogradNetwork as AutogradNetwork
from ._encoder_decoder import EncoderDecoder as EncoderDecoder
from ._mlp import MLP as MLP
from ._mlp import MLPAutoencoder as MLPAutoencoder
from ._mlp import MLPPair as MLPPair
from ._stacked_network import StackedNetwork as StackedNetwork

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "PRECISIONS",
    "Activation",
    "AutogradNetwork",
    "EncoderDecoder",
    "MLPAutoencoder",
    "MLPPair",
    "StackedNetwork",
    "linear",
    "make_activation",
]
