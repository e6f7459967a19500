internal import CModuleABI

/// Why the host asked a call to end.
enum CancelReason: Sendable {
    case requested
    case deadline
    case drain

    init(_ reason: mod_cancel_reason) {
        switch Int(reason) {
        case MOD_CANCEL_DEADLINE: self = .deadline
        case MOD_CANCEL_DRAIN: self = .drain
        default: self = .requested
        }
    }

    var sentence: String {
        switch self {
        case .requested: "the call was cancelled"
        case .deadline: "the call was cancelled, since its deadline has passed"
        case .drain: "the call was cancelled, since its module is being replaced"
        }
    }
}

extension Failure {
    /// What an error that left the author's code means for the caller.
    init(_ error: any Error, cancelled reason: CancelReason? = nil) {
        switch error {
        case let failure as Failure: self = failure
        case is CancellationError: self.init((reason ?? .requested).sentence, .cancelled)
        default: self.init(String(describing: error), .failed)
        }
    }
}
