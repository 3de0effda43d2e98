// Where the methods come from: the works that this page leans on.
"use strict";

kit.section("references", "References", (root) => {
  const { el } = kit;
  const WORKS = [
    "C. Harris and M. Stephens: A combined corner and edge detector. Alvey Vision Conference, 1988.",
    "D. Lowe: Distinctive image features from scale-invariant keypoints. International Journal of Computer Vision 60, 2004. (SIFT, and the ratio test)",
    "E. Rosten and T. Drummond: Machine learning for high-speed corner detection. ECCV, 2006. (FAST)",
    "E. Rublee, V. Rabaud, K. Konolige and G. Bradski: ORB: an efficient alternative to SIFT or SURF. ICCV, 2011.",
    "C. Schmid, R. Mohr and C. Bauckhage: Evaluation of interest point detectors. International Journal of Computer Vision 37, 2000. (repeatability)",
    "I. Sobel and G. Feldman: A 3 × 3 isotropic gradient operator for image processing. 1968.",
    "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner: Gradient-based learning applied to document recognition. Proceedings of the IEEE 86, 1998.",
    "V. Dumoulin and F. Visin: A guide to convolution arithmetic for deep learning. 2016.",
    "W. Luo, Y. Li, R. Urtasun and R. Zemel: Understanding the effective receptive field in deep convolutional neural networks. NIPS, 2016.",
    "D. Kingma and J. Ba: Adam: a method for stochastic optimization. ICLR, 2015.",
    "G. Alain and Y. Bengio: Understanding intermediate layers using linear classifier probes. 2016.",
    "D. DeTone, T. Malisiewicz and A. Rabinovich: SuperPoint: self-supervised interest point detection and description. CVPR Workshops, 2018.",
    "X. Zhao, X. Wu, J. Miao, W. Chen, P. Chen and Z. Li: ALIKE: accurate and lightweight keypoint detection and descriptor extraction. IEEE Transactions on Multimedia, 2022. (the plan of the network)",
    "P. Gleize, W. Wang and M. Feiszli: SiLK: simple learned keypoints. ICCV, 2023. (a loss of the network)",
    "G. Bökman, J. Edstedt, M. Felsberg and F. Kahl: Steerers: a framework for rotation equivariant keypoint descriptors. CVPR, 2024.",
    "H. Lotwick and B. Silverman: Methods for analysing spatial processes of several types of points. Journal of the Royal Statistical Society B 44, 1982. (chance)",
    "B. Efron: Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1979. (intervals)",
  ];
  root.append(el("ol", { class: "references" }, WORKS.map((work) => el("li", {}, work))));
});
