import KernelHTTP
import ModuleChat

extension ChatFailure {
    /// Of a connection, not of an answer.
    init(_ failure: HTTPFailure) {
        let kind: Kind =
            switch failure.kind {
            case .unsendable, .privateAddress: .badRequest
            case .nameNotFound, .notReachable, .connectDeadline, .unavailable: .network
            case .notTrusted: .untrusted
            case .firstByteDeadline, .stalled, .totalDeadline: .stalled
            case .cutShort: .cutShort
            case .tooLarge, .malformed: .malformed
            case .cancelled, .notTaken: .cancelled
            }
        self.init(kind, failure.description)
    }
}
