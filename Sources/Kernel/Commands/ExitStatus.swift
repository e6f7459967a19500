package import KernelWire

/// How a command ends, for the scripts that call it.
package enum ExitStatus: Int32, Sendable, CaseIterable {
    case ok = 0
    case failed = 1
    case usage = 2
    case notFound = 3
    case denied = 4
    case deadline = 5
    case outOfService = 6
    case notRunning = 7
    case interrupted = 130

    package init(status: String) {
        switch status {
        case "ok": self = .ok
        case "invalid": self = .usage
        case "not found": self = .notFound
        case "denied": self = .denied
        case "deadline": self = .deadline
        default: self = .failed
        }
    }

    /// What may become of a command that runs a task or waits for one.
    static let ofTasks = allCases.filter { $0 != .notRunning }

    var about: String {
        switch self {
        case .ok: "all went well"
        case .failed: "it failed, or the kernel could not be reached"
        case .usage: "the command line, or an argument, is wrong"
        case .notFound: "what was named is not there, or the task found nothing"
        case .denied: "the task is not allowed to do this"
        case .deadline: "the task was not done in time"
        case .outOfService: "the task's module is there, but not in service"
        case .notRunning: "no kernel is running"
        case .interrupted: "Ctrl-C"
        }
    }
}

extension ExitStatus {
    /// What became of a task.
    package init(_ task: TaskView) {
        switch task.state {
        case "done": self = .ok
        case "failed": self = ExitStatus(status: task.status ?? "failed")
        default: self = .failed
        }
    }
}
