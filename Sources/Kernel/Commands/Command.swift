/// What a command line asks for.
package enum Command: Equatable, Sendable {
    /// The kernel itself, with a REPL where somebody types.
    case repl
    /// The kernel itself, for clients at its socket alone.
    case serve
    case run(RunRequest)
    case modules
    case task(TaskRequest)
    case ask(AskRequest)
    case model(ModelRequest)
    case modelAdd(ModelAddRequest)
    /// Of one module, or of all.
    case health(module: String?, isFull: Bool)
    case setup(Setup)
    case backUp(file: String)
    case moduleNew(ModuleNew)
    case moduleCheck(file: String)
    case moduleLift(id: String)
    case moduleReload(id: String)
    case configurationShow
    case configurationCheck
    case configurationPath
    case configurationExample
    case version
    /// The text is finished.
    case help(String)

    package struct RunRequest: Equatable, Sendable {
        package var task: String
        package var input: Input
        package var timeoutSeconds: Double?
        /// Print the whole outcome, not just the value.
        package var printsOutcome = false
        /// Show what the module logs also where nobody watches.
        package var showsLog = false

        package enum Input: Equatable, Sendable {
            case words([String])
            case json(String)
        }

        package init(task: String, input: Input) {
            self.task = task
            self.input = input
        }
    }

    /// How a model is found that answers.
    package struct Setup: Equatable, Sendable {
        /// Fetch the small model without asking.
        package var agrees = false
        /// Say nothing if that is settled.
        package var isOnce = false
        /// The variable that holds the key of a hosted provider.
        package var keyVariable: String?

        package init(agrees: Bool = false, isOnce: Bool = false, keyVariable: String? = nil) {
            self.agrees = agrees
            self.isOnce = isOnce
            self.keyVariable = keyVariable
        }
    }

    package struct ModuleNew: Equatable, Sendable {
        package var name: String
        package var isC = false
        /// Add it to `[dev] modules` without asking.
        package var isAdded = false
        /// The folder that the package's folder is made in; nil: the current one.
        package var path: String?

        package init(
            name: String, isC: Bool = false, isAdded: Bool = false, path: String? = nil
        ) {
            self.name = name
            self.isC = isC
            self.isAdded = isAdded
            self.path = path
        }
    }
}
