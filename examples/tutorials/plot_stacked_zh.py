"""
堆叠自编码器
============

堆叠自编码器由几个自编码器逐层叠成：第一个学习数据的编码，第二个学习这些编码的编码，依此类推。在深层网络还难以直接训练的年代，人们就是这样起步的：先一层一层地训练（*逐层预训练*），再把各层作为一个整体训练（*微调*）。

本教程用纯 PyTorch 和 Isthmus 各搭一个堆叠自编码器，并测量预训练是否真的有用。:doc:`英文版 <plot_stacked>`。
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib import font_manager
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

from isthmus import StackedAutoencoder
from isthmus.figures import BUNDLED_FONT

# 图中的汉字使用 Isthmus 自带的字体。
font_manager.fontManager.addfont(BUNDLED_FONT[1])
plt.rcParams["font.family"] = [BUNDLED_FONT[0], "sans-serif"]

# %%
# 数据是 scikit-learn 自带的手写数字，64 个像素缩放到 [0, 1]，留出四分之一。

X, _ = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_test = train_test_split(X, test_size=0.25, random_state=0)

# %%
# 逐层训练
# --------
#
# 下面的函数训练一个只有一个隐藏层的自编码器。它的编码就是下一个自编码器的数据。


def train_layer(rows, code_size, output):
    """在 rows 上训练一个自编码器，返回编码器和解码器。"""
    encoder = nn.Sequential(nn.Linear(rows.shape[1], code_size), nn.ReLU())
    decoder = nn.Sequential(nn.Linear(code_size, rows.shape[1]), output)
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=3e-3)
    for _ in range(30):
        for batch in torch.randperm(len(rows)).split(64):
            loss = nn.functional.mse_loss(decoder(encoder(rows[batch])), rows[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return encoder, decoder


torch.manual_seed(0)
rows = torch.from_numpy(X_train)
encoder_1, decoder_1 = train_layer(rows, 32, nn.Sigmoid())
with torch.no_grad():
    codes_1 = encoder_1(rows)
encoder_2, decoder_2 = train_layer(codes_1, 8, nn.ReLU())

# %%
# 把两个编码器依次相接，再把两个解码器倒序接上，就是整个堆叠网络。数据依次经过四个部分，只有正中间是窄的。

stack = nn.Sequential(encoder_1, encoder_2, decoder_2, decoder_1)
with torch.no_grad():
    loss = nn.functional.mse_loss(stack(torch.from_numpy(X_test)), torch.from_numpy(X_test))
print(f"未微调时，留出数据上的误差：{loss:.4f}")

# %%
# 用 Isthmus 实现
# ---------------
#
# :class:`isthmus.StackedAutoencoder` 先逐层训练，再整体训练。``stacking="joint"`` 从一开始就整体训练同一个网络，正好用来对比。


EPOCHS = {"epochs": 60, "pretraining_epochs": 30, "early_stopping": False}


def stacked(**parameters):
    return StackedAutoencoder((32, 8), random_state=0, **EPOCHS, **parameters).fit(X_train)


def held_out_error(model):
    return float(np.mean((model.inverse_transform(model.transform(X_test)) - X_test) ** 2))


models = {
    "逐层训练后再微调": stacked(),
    "逐层训练，不微调": stacked(fine_tune=False),
    "从一开始就整体训练": stacked(stacking="joint"),
}
for name, model in models.items():
    print(f"{name}：{held_out_error(model):.4f}")

# %%
# 最重要的是微调。预训练在这里没有带来好处：从一开始就整体训练，遍数更少，效果相当。今天的优化器和初始权重已不需要逐层起步，在 MNIST 上也是如此（:doc:`/stacked`）。标签很少时，预训练可能有帮助，见 :doc:`/gallery/codes/plot_few_labels`。
#
# 训练历史记下了每一轮属于哪个阶段。

history = models["逐层训练后再微调"].history_
plt.figure(figsize=(6, 3))
for stage in dict.fromkeys(record["stage"] for record in history):
    records = [record for record in history if record["stage"] == stage]
    epochs = [record["epoch"] for record in records]
    plt.plot(epochs, [record["train_loss"] for record in records], label=stage)
plt.xlabel("轮")
plt.ylabel("训练损失")
plt.yscale("log")
plt.legend()
plt.tight_layout()

# %%
# 每一层的编码
# ------------
#
# 每一层都有自己的编码，``encode(X, layer=1)`` 返回第一层的编码。

model = models["逐层训练后再微调"]
model.encode(X_test, layer=1).shape, model.transform(X_test).shape

# %%
# 在命令行中
# ----------
#
# .. code-block:: bash
#
#     isthmus train digits --estimator stacked --layer-dims 32,8 --ablate --lang zh
#
# ``--ablate`` 另外训练一个没有预训练的网络，并报告差别。``isthmus train mnist --recipe stacked-tutorial`` 用预设在 MNIST 上训练784-256-128 的堆叠自编码器。
