"""Networks that torch runs and differentiates in training."""

from __future__ import annotations

import shutil

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from isthmus.errors import UsageError
from isthmus.nn import PRECISIONS, MLPAutoencoder, TrainingPass

# What torch imports to compile warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
needs_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "clang++", "cl"))), reason="needs a C++ compiler"
)


def network():
    return MLPAutoencoder(6, 2, (5,), generator=torch.Generator().manual_seed(0)).train()


@needs_compiler
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")  # torch's own, while it compiles
def test_compiled_gradients_are_those_of_the_network(monkeypatch):
    monkeypatch.setenv("_TORCHINDUCTOR_PYOBJECT_TENSOR_DATA_PTR", "")  # torch leaves it behind
    rows = torch.rand(7, 6, generator=torch.Generator().manual_seed(1))
    plain = network()
    compiled = TrainingPass(network(), compile=True)
    with torch.random.fork_rng(devices=[]):  # the compiler draws
        for module in (plain, compiled):
            (module(rows) - rows).square().mean().backward()
    gradients = [[p.grad for p in module.parameters()] for module in (plain, compiled)]
    assert_close(*gradients)


def test_without_gradients_nothing_is_compiled():
    rows = torch.ones(7, 6)
    plain = network().eval()
    compiled = TrainingPass(plain, compile=True)
    compiled._pass = ()
    with torch.inference_mode():
        assert torch.equal(compiled(rows), plain(rows))


def test_parameters_are_the_networks_own_in_its_order():
    plain = network()
    compiled = TrainingPass(plain, compile=True)
    assert [id(p) for p in compiled.parameters()] == [id(p) for p in plain.parameters()]
    assert list(compiled.state_dict()) == [f"network.{name}" for name in plain.state_dict()]


def test_a_missing_compiler_is_one_sentence():
    compiled = TrainingPass(network(), compile=True)

    class Broken(nn.Module):
        def forward(self, x):
            raise torch._dynamo.exc.BackendCompilerFailed(print, RuntimeError("no g++"), None)

    compiled._pass[0]._translated = Broken()
    with pytest.raises(UsageError, match=r"^`compile` requires a working torch\.compile.*install"):
        compiled(torch.ones(2, 6))


def test_in_bfloat16_gradients_are_near_those_of_single_precision(device):
    rows = torch.rand(64, 6, generator=torch.Generator().manual_seed(1)).to(device)
    gradients = {}
    for precision in PRECISIONS:
        module = TrainingPass(network().to(device), precision=precision)
        reconstructions = module(rows)
        assert reconstructions.dtype == torch.float32
        (reconstructions - rows).square().mean().backward()
        gradients[precision] = [p.grad for p in module.parameters()]
    assert not torch.equal(gradients["float32"][0], gradients["bfloat16"][0])
    assert_close(gradients["bfloat16"], gradients["float32"], rtol=0.05, atol=2e-3)
