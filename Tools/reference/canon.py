"""Reference numbers for the classical methods, by scikit-learn on one small sample (inputs are exact in single precision)."""

import numpy as np
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, RationalQuadratic
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity, KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import SVC, SVR

import golden

EVENTS, QUERIES = 150, 12


def sample():
    rng = np.random.default_rng(20)
    label = rng.permutation(np.arange(EVENTS) % 3)
    x = rng.normal(size=(EVENTS, 3)) + np.stack([label * 1.0, (label == 1) * 0.8, label * 0.0], axis=1)
    query = rng.normal(size=(QUERIES, 3)) * 1.3 + [1, 0.3, 0]
    x, query = (v.astype(np.float32).astype(np.float64) for v in (x, query))
    target = 1.5 * x[:, 0] - 0.7 * x[:, 1] + 0.4 * x[:, 0] * x[:, 1] + 0.2 * rng.normal(size=EVENTS)
    return x, query, label, target, rng.integers(1, 4, EVENTS).astype(float)


def densities(x, query, label, weight):
    """ln of the density of each class at the queries, by kernels of fixed width."""
    answer = {}
    for kernel, width in (("gaussian", 0.6), ("epanechnikov", 2.0), ("tophat", 2.0)):
        logs = [KernelDensity(bandwidth=width, kernel=kernel).fit(x[label == k], sample_weight=weight[label == k]).score_samples(query)
                for k in range(3)]
        prior = np.array([weight[label == k].sum() for k in range(3)]) / weight.sum()
        joint = np.exp(np.array(logs).T) * prior
        total = joint.sum(axis=1, keepdims=True)
        answer[kernel] = {"bandwidth": width, "probabilities": np.where(total > 0, joint / np.where(total > 0, total, 1), prior)}
    return answer


def machines(x, query, label, target, weight):
    y = (label == 1).astype(int)
    kinds = {"linear": {}, "rbf": {"gamma": 0.3}, "polynomial": {"gamma": 0.5, "coef0": 1.0, "degree": 3}}
    answer = {}
    for name, keys in kinds.items():
        kernel = "poly" if name == "polynomial" else name
        machine = SVC(kernel=kernel, C=1.5, tol=1e-8, **keys).fit(x, y, sample_weight=weight)
        regressor = SVR(kernel=kernel, C=1.5, epsilon=0.1, tol=1e-8, **keys).fit(x, target, sample_weight=weight)
        answer[name] = {**keys, "decision": machine.decision_function(query), "regression": regressor.predict(query)}
    return answer


def mixture(x):
    rng = np.random.default_rng(3)
    clumps = np.concatenate([rng.normal(size=(200, 2)) * [0.5, 1.0] + m for m in ([0, 0], [6, 1], [2, 8])])
    model = GaussianMixture(3, tol=1e-12, max_iter=1000, reg_covar=1e-6, random_state=1).fit(clumps)
    order = np.argsort(model.means_[:, 0])
    return {"points": clumps, "shares": model.weights_[order], "means": model.means_[order], "covariances": model.covariances_[order],
            "mean_log_likelihood": model.score(clumps)}


def processes(x, query, label, target, weight):
    kernels = {"rbf": RBF([0.8, 1.5, 2.5]), "matern32": Matern(1.2, nu=1.5), "matern52": Matern(1.2, nu=2.5),
               "rational_quadratic": RationalQuadratic(1.2, 0.7)}
    noise, answer = 0.09, {}
    for name, shape in kernels.items():
        kernel = ConstantKernel(2.0) * shape
        model = GaussianProcessRegressor(kernel, alpha=noise / weight, optimizer=None).fit(x, target)
        mean, spread = model.predict(query, return_std=True)
        value, slope = model.log_marginal_likelihood(model.kernel_.theta, eval_gradient=True)
        answer[name] = {"mean": mean, "spread": spread, "log_marginal_likelihood": value, "gradient": slope}
    classifier = GaussianProcessClassifier(ConstantKernel(4.0) * RBF(1.1), optimizer=None).fit(x, label == 1)
    answer["classifier"] = {"probability": classifier.predict_proba(query)[:, 1], "log_marginal_likelihood": classifier.log_marginal_likelihood_value_}
    return {"noise": noise, **answer}


def sparse_logistic(x, label, weight):
    """Class 1 against the rest, and all classes: C = 0.05, so that some coefficients are zero."""
    keys = dict(solver="saga", C=0.05, tol=1e-12, max_iter=1_000_000)
    answer = {}
    for name, own in (("l1", dict(l1_ratio=1.0)), ("elastic_net", dict(l1_ratio=0.6))):
        two = LogisticRegression(**keys, **own).fit(x, label == 1, sample_weight=weight)
        all_classes = LogisticRegression(**keys, **own).fit(x, label, sample_weight=weight)
        answer[name] = {"coefficients": two.coef_[0], "intercept": two.intercept_[0], "classes": all_classes.coef_}
    return answer


def quantile(values, weight, share):
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return values[order][np.searchsorted(total, share * total[-1])]


def lines(x, query, label, target, weight):
    """The linear half of a rule ensemble: inputs without the tails beyond 2.5 %, in units of 0.4 standard deviations."""
    low, high = (np.array([quantile(x[:, j], weight, share) for j in range(3)]) for share in (0.025, 0.975))
    clipped = np.clip(x, low, high)
    spread = np.sqrt(np.average((clipped - np.average(clipped, axis=0, weights=weight)) ** 2, axis=0, weights=weight))
    terms, others = ((np.clip(v, low, high) - (low + high) / 2) * 0.4 / spread for v in (x, query))
    strength = 0.02
    classes = LogisticRegression(solver="saga", l1_ratio=1.0, C=1 / (strength * weight.sum()), tol=1e-12, max_iter=1_000_000)
    numbers = Lasso(alpha=strength, tol=1e-14, max_iter=1_000_000)
    return {"lambda": strength, "probability": classes.fit(terms, label == 1, sample_weight=weight).predict_proba(others)[:, 1],
            "regression": numbers.fit(terms, target, sample_weight=weight).predict(others)}


if __name__ == "__main__":
    X, QUERY, LABEL, TARGET, WEIGHT = sample()
    NEAR = {}
    for weights in ("uniform", "distance"):
        NEAR[weights] = {"probabilities": KNeighborsClassifier(7, weights=weights).fit(X, LABEL).predict_proba(QUERY),
                         "regression": KNeighborsRegressor(7, weights=weights).fit(X, TARGET).predict(QUERY)}
    RIDGE = Ridge(alpha=2.0, tol=1e-12).fit(X, TARGET, sample_weight=WEIGHT)
    SPARSE = {}
    for name, model in (("lasso", Lasso(alpha=0.3, tol=1e-12, max_iter=100_000)),
                        ("elastic_net", ElasticNet(alpha=0.3, l1_ratio=0.4, tol=1e-12, max_iter=100_000))):
        model.fit(X, TARGET, sample_weight=WEIGHT)
        SPARSE[name] = {"coefficients": model.coef_, "intercept": model.intercept_}
    golden.write("canon", ["scikit-learn", "numpy"], 1e-5, {
        "kernel_density": "posterior with priors by weight; kernels of one width in all inputs",
        "machines": "C-SVC of class 1 against the rest, C = 1.5 times the weight; SVR with epsilon 0.1",
        "ridge": "sum w (t - f)^2 + 2 |beta|^2; lasso: sum w (t - f)^2 / (2 sum w) + 0.3 (share |beta| + (1 - share) |beta|^2 / 2)",
        "sparse_logistic": "sum w loss + (share |beta| + (1 - share) |beta|^2 / 2) / C, C = 0.05, share 1 or 0.6",
        "lines": "sum w loss / sum w + 0.02 sum |b|",
        "processes": "amplitude 2 (variance), noise variance 0.09 / weight, zero mean; gradient by ln of variance, then lengths",
    }, {"x": X, "query": QUERY, "label": LABEL, "target": TARGET, "weight": WEIGHT,
        "naive_bayes": GaussianNB().fit(X, LABEL, sample_weight=WEIGHT).predict_proba(QUERY),
        "neighbours": NEAR, "kernel_density": densities(X, QUERY, LABEL, WEIGHT),
        "machines": machines(X, QUERY, LABEL, TARGET, WEIGHT),
        "ridge": {"coefficients": RIDGE.coef_, "intercept": RIDGE.intercept_}, **SPARSE,
        "sparse_logistic": sparse_logistic(X, LABEL, WEIGHT), "lines": lines(X, QUERY, LABEL, TARGET, WEIGHT),
        "mixture": mixture(X), "processes": processes(X, QUERY, LABEL, TARGET, WEIGHT)})
