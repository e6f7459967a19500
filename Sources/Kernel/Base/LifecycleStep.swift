/// The steps in the life of an instance, as a person reads them in a report.
package enum LifecycleStep: UInt8, Sendable, Hashable, CaseIterable {
    case open = 0
    case negotiate = 1
    case manifest = 2
    case create = 3
    case configure = 4
    case restore = 5
    case selfTest = 6
    case start = 7
    case stop = 8
    case save = 9
    case health = 10
    case describe = 11

    package var name: String {
        switch self {
        case .open: "open the library"
        case .negotiate: "agree on the contract"
        case .manifest: "read the manifest"
        case .create: "create an instance"
        case .configure: "configure"
        case .restore: "restore the state"
        case .selfTest: "self-test"
        case .start: "start"
        case .stop: "stop"
        case .save: "save the state"
        case .health: "check the health"
        case .describe: "describe the models that it provides"
        }
    }
}
