public import ApusEvents

/// A configuration after checking: what to read, what to learn, with which methods.
///
/// Made by ``readConfiguration(_:)``, which reports all problems at once.
public struct StudyConfiguration: Sendable {
  /// Files of one kind of events.
  public struct Source: Sendable {
    /// The name in tables and messages.
    public var name: String
    /// The files, where a name may hold `*` and `?`.
    public var files: [String]
    /// The tree or dataset in the files; nil where they hold one.
    public var tree: String?
    /// Tables that stand beside the files: `other.root:tree`, `name=other.root:tree@run+event`, where names may hold `*` and
    /// `?` for as many files; see `FriendAddress`.
    public var friends: [String] = []
    /// The class of all events; nil where a column says it, and for regression.
    public var className: String?
    /// The weight of an event, a column or formula; nil for one.
    public var weight: String?
    /// Which events of these files to keep; nil for all.
    public var selection: String?
    /// How the weights are scaled to a luminosity; nil where they stay as they are.
    public var scale: Scale?
    /// The part of the split that all events of these files are in: "train", "validation" or "test"; nil where the
    /// split decides.
    public var part: String?
    /// The line of the configuration.
    public var line = 0
  }

  /// How the class of an event is known.
  public enum Labels: Sendable {
    /// All events of a source have one class.
    case sources
    /// A column says it: the values of each class; an empty list stands for all other values.
    case column(String, [LabelClass])
    /// There is none: these columns or formulas are to be estimated.
    case targets([Target])
  }

  /// A number to estimate.
  public struct Target: Sendable, Equatable {
    /// The name in tables and of columns of scores.
    public var name: String
    /// Its column or formula.
    public var formula: String
  }

  /// The values of a label column that mean one class.
  public struct LabelClass: Sendable, Equatable {
    /// The class.
    public var name: String
    /// Its values, as text; numbers are compared as numbers.
    ///
    /// Empty: every value that no other class has.
    public var values: [String]
  }

  /// One item of `inputs`.
  public enum Input: Sendable, Equatable {
    /// A column, or all columns that a pattern with `*` and `?` fits.
    case columns(String)
    /// Leaves the columns of a pattern out again.
    case except(String)
    /// A formula with its name.
    case formula(name: String, text: String)
  }

  /// What plots and the saved model say of an input beside its formula.
  public struct InputDetail: Sendable, Equatable {
    /// The title of its axis, with `_{}` and `^{}`; nil for its name.
    public var title: String?
    /// The unit: "GeV".
    public var unit: String?
    /// What a value that does not exist becomes; nil for that of the configuration.
    public var missing: Double?

    /// Describes an input.
    public init(title: String? = nil, unit: String? = nil, missing: Double? = nil) {
      (self.title, self.unit, self.missing) = (title, unit, missing)
    }
  }

  /// One booked method.
  public struct Booking: Sendable {
    /// The name in the run.
    public var name: String
    /// The method's type.
    public var type: any Method.Type
    /// The method with its options.
    public var method: any Method
    /// The checked options.
    public var options: OptionValues
    /// The line of the configuration.
    public var line = 0
  }

  /// The files to read.
  public var sources: [Source] = []
  /// How classes are known.
  public var labels = Labels.sources
  /// What is learned.
  public var task = Task.binary
  /// The class names, background first and signal second; for regression of several targets their names, and empty
  /// for one.
  public var classes: [String] = []
  /// Which events to keep; nil for all.
  public var selection: String?
  /// What to learn from.
  public var inputs: [Input] = []
  /// Titles, units and missing values of inputs, by their names.
  public var details: [String: InputDetail] = [:]
  /// Names with the formulas that they stand for.
  public var aliases: [String: String] = [:]
  /// What an index that does not exist gives.
  public var missing = Double.nan
  /// Lists of particles to learn from, padded to one length; nil for none.
  public var constituents: Constituents?
  /// Inputs that only signal has, whose values background events get from signal: a parameterised classifier.
  public var hypotheses: [String] = []
  /// Columns to copy beside the scores.
  public var spectators: [String] = []
  /// How events are divided.
  public var division = SplitPlan.standard
  /// The transforms of the inputs; standardize where the configuration says nothing.
  public var preprocess: [ConfigurationValue] = []
  /// What training does with negative weights.
  public var weightPolicy = WeightPolicy.keep
  /// How training scales the classes against each other.
  public var balance = ClassBalance.none
  /// The methods in the order of the file.
  public var methods: [Booking] = []
  /// The headline of the report.
  public var title = ""
  /// The secondary text of each plot.
  public var label = "Private work"
  /// The text above the right end of each plot.
  public var rightLabel: String?
  /// The seed of everything random.
  public var seed = 1
  /// The most threads; nil for all cores.
  public var threads: Int?
  /// What the run may take of the memory, in bytes; nil for half of the machine's.
  public var memory: Int?
  /// The path of the file.
  public var path = ""
  /// The values of the file after overrides.
  public var merged = ConfigurationValue(.mapping([]))
}

extension StudyConfiguration {
  /// What yields are counted by: the classes, or all events of a regression.
  var groups: [String] { task == .regression ? ["all events"] : classes }
  /// The targets of a regression.
  var targets: [Target] {
    if case .targets(let targets) = labels { return targets }
    return []
  }
  /// The number of scores of an event.
  var scoreCount: Int { task.scoreCount(classes) }
}
