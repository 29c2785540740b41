public import ApusEvents

/// The methods of this room, in the order in which help lists them.
public let classicalMethods: [any Method.Type] = [
  Fisher.self, Quadratic.self, LogisticRegression.self, LinearRegression.self,
  PolynomialRegression.self, Ridge.self, Lasso.self, ElasticNet.self,
  NaiveBayes.self, ProjectiveLikelihood.self, KernelDensity.self, NearestNeighbours.self,
  GaussianMixture.self, SupportVectorMachine.self, RectangularCuts.self,
  GaussianProcessMethod.self,
  LikelihoodRatio.self, FunctionDiscriminant.self, RuleEnsemble.self, Committee.self, Stack.self,
  BoostedTrees.self, AdaBoost.self, RandomForest.self, ExtraTrees.self, DecisionTree.self,
]
