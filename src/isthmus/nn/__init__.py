"""Networks: ordinary modules with flat keyword arguments and without a loss."""

from ._activations import ACTIVATIONS as ACTIVATIONS
from ._activations import HIDDEN_ACTIVATIONS as HIDDEN_ACTIVATIONS
from ._activations import make_activation as make_activation
from ._active_latents import ActiveLatents as ActiveLatents
from ._active_latents import DenseLatents as DenseLatents
from ._affine import Affine as Affine
from ._affine import FixedLinear as FixedLinear
from ._affine import TiedLinear as TiedLinear
from ._affine import linear as linear
from ._affine import steady as steady
from ._conv_network import ConvDecoder as ConvDecoder
from ._conv_network import ConvEncoder as ConvEncoder
from ._conv_network import ConvNetwork as ConvNetwork
from ._conv_paths import ConvPathDecoder as ConvPathDecoder
from ._conv_paths import ConvPathEncoder as ConvPathEncoder
from ._convolutions import ResidualBlock as ResidualBlock
from ._dropout import with_dropout as with_dropout
from ._encoder_decoder import EncoderDecoder as EncoderDecoder
from ._fill_correction import FillCorrection as FillCorrection
from ._linear_path import LinearPathAutoencoder as LinearPathAutoencoder
from ._linear_path import LinearPathMLP as LinearPathMLP
from ._mlp import MLP as MLP
from ._mlp import MLPAutoencoder as MLPAutoencoder
from ._mlp import MLPPair as MLPPair
from ._perceptron_ensemble import PerceptronEnsemble as PerceptronEnsemble
from ._picture_correction import PictureCorrection as PictureCorrection
from ._quantile_bins import QuantileBins as QuantileBins
from ._stacked_network import StackedNetwork as StackedNetwork
from ._table_autoencoder import CellInput as CellInput
from ._table_autoencoder import CellOutput as CellOutput
from ._table_autoencoder import TableAutoencoder as TableAutoencoder
from ._topk_autoencoder import SELECTIONS as SELECTIONS
from ._topk_autoencoder import TopKAutoencoder as TopKAutoencoder
from ._training_pass import PRECISIONS as PRECISIONS
from ._training_pass import TrainingPass as TrainingPass
from ._variational_conv import VariationalConv as VariationalConv
from ._variational_network import CellMeans as CellMeans
from ._variational_network import VariationalMLP as VariationalMLP
from ._variational_network import VariationalNetwork as VariationalNetwork

__all__ = [
    "ACTIVATIONS",
    "HIDDEN_ACTIVATIONS",
    "MLP",
    "PRECISIONS",
    "SELECTIONS",
    "ActiveLatents",
    "Affine",
    "CellInput",
    "CellMeans",
    "CellOutput",
    "ConvDecoder",
    "ConvEncoder",
    "ConvNetwork",
    "ConvPathDecoder",
    "ConvPathEncoder",
    "DenseLatents",
    "EncoderDecoder",
    "FillCorrection",
    "FixedLinear",
    "LinearPathAutoencoder",
    "LinearPathMLP",
    "MLPAutoencoder",
    "MLPPair",
    "PerceptronEnsemble",
    "PictureCorrection",
    "QuantileBins",
    "ResidualBlock",
    "StackedNetwork",
    "TableAutoencoder",
    "TiedLinear",
    "TopKAutoencoder",
    "TrainingPass",
    "VariationalConv",
    "VariationalMLP",
    "VariationalNetwork",
    "linear",
    "make_activation",
    "steady",
    "with_dropout",
]
