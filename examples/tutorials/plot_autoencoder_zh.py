"""
第一个自编码器
==============

自编码器是一种学习“抄写”输入的网络，但中间必须经过一个很窄的通道。*编码器* 把一行数据变成几个数，即 *编码*；*解码器* 再把编码变回一行数据，即*重构*。编码比原来的数据小，网络就只能学会各行数据的共同之处。

本教程先用纯 PyTorch 写一个自编码器，再用 Isthmus 做同样的事，并把两者与主成分分析（PCA）比较。数据是 scikit-learn 自带的 1,797 张 8 x 8手写数字图片。:doc:`英文版 <plot_autoencoder>`。
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib import font_manager
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from torch import nn

from isthmus import Autoencoder
from isthmus.figures import BUNDLED_FONT

# 图中的汉字使用 Isthmus 自带的字体。
font_manager.fontManager.addfont(BUNDLED_FONT[1])
plt.rcParams["font.family"] = [BUNDLED_FONT[0], "sans-serif"]

# %%
# 数据
# ----
#
# 每张图片是一行 64 个数，取值从 0 到 16，这里除以 16，缩放到 [0, 1]。留出四分之一的图片：网络在见过的数据上的误差，说明不了它在新数据上的表现。标签不参与训练，自编码器不需要标签。

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)
X_train, X_test, _, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
X_train.shape, X_test.shape

# %%
# 用纯 PyTorch 实现
# -----------------
#
# 网络从 64 个数收窄到 32 个，再到 8 维的编码，然后对称地展开。输出层的 Sigmoid 使输出和像素一样落在 0 和 1 之间。

CODE_SIZE = 8
torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, CODE_SIZE))
decoder = nn.Sequential(nn.Linear(CODE_SIZE, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

# %%
# 损失是数据与其重构之间的均方误差：同一行数据既是输入，也是目标。每批 64 行，Adam 走一步。把全部数据过一遍称为一轮，这里训练 50 轮，只要一两秒。

train, test = torch.from_numpy(X_train), torch.from_numpy(X_test)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
loss_of = nn.MSELoss()
train_losses, test_losses = [], []
for _ in range(50):
    total = 0.0
    for batch in torch.randperm(len(train)).split(64):
        loss = loss_of(decoder(encoder(train[batch])), train[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    train_losses.append(total / len(train))
    with torch.no_grad():
        test_losses.append(loss_of(decoder(encoder(test)), test).item())

print(f"50 轮之后，留出图片上的损失：{test_losses[-1]:.4f}")

# %%
# 两条曲线应当一起下降。如果训练损失继续下降，而留出数据的损失开始上升，说明网络在死记个别图片，即过拟合。

plt.figure(figsize=(6, 3))
plt.plot(train_losses, label="训练")
plt.plot(test_losses, label="留出")
plt.xlabel("轮")
plt.ylabel("均方误差")
plt.yscale("log")
plt.legend()
plt.tight_layout()

# %%
# 用 Isthmus 实现
# ---------------
#
# :class:`isthmus.Autoencoder` 是 scikit-learn 的转换器。它包含训练循环，自动选择优化器和学习率，从训练数据中留出十分之一用于验证，并保留验证损失最低的那一轮的权重。

model = Autoencoder(latent_dim=CODE_SIZE, random_state=0).fit(X_train)
codes = model.transform(X_test)
reconstructions = model.inverse_transform(codes)
codes.shape

# %%
# 真的需要神经网络吗？主成分个数相同的 PCA 是最好的 *线性* 自编码器，它的误差就是要超过的标准。


def mean_squared_error(reconstructed):
    return float(np.mean((reconstructed - X_test) ** 2))


pca = PCA(CODE_SIZE, random_state=0).fit(X_train)
by_pca = pca.inverse_transform(pca.transform(X_test))
print(f"PCA        {mean_squared_error(by_pca):.4f}")
print(f"纯 PyTorch {test_losses[-1]:.4f}")
print(f"Isthmus    {mean_squared_error(reconstructions):.4f}")

# sphinx_gallery_thumbnail_number = 2

# %%
# 除了数字，还要用眼睛看。下面是前十张留出的图片、由 8 个数得到的重构，以及 PCA 的重构：

figure, axes = plt.subplots(3, 10, figsize=(8, 2.6))
shown = {"原图": X_test, "Isthmus": reconstructions, "PCA": by_pca}
for line, (name, pictures) in zip(axes, shown.items(), strict=True):
    for ax, picture in zip(line, pictures, strict=False):
        ax.imshow(picture.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    line[0].set_ylabel(name, rotation=0, ha="right", va="center")
figure.tight_layout()

# %%
# 编码有什么用
# ------------
#
# 相似的数据，编码也相似。画成二维图，十个数字各自成群，而网络从未见过标签。

plane = PCA(2, random_state=0).fit_transform(codes)
plt.figure(figsize=(5.5, 4.5))
plt.scatter(*plane.T, c=y_test, cmap="tab10", s=12)
plt.colorbar(label="数字", ticks=range(10))
plt.xticks([])
plt.yticks([])
plt.tight_layout()

# %%
# 在命令行中
# ----------
#
# .. code-block:: bash
#
#     isthmus train digits --latent-dim 8 --lang zh
#
# 训练同样的模型，并生成带有这些图的中文报告。``isthmus train mnist --recipe tutorial`` 用预设在 MNIST 的 70,000 张图片上训练经典的784-128-64-32 网络。
