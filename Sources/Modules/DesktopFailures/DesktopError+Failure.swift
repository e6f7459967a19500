package import Desktop
package import ModuleKit

extension DesktopError {
    /// As the caller of a task gets it.
    package var failure: Failure {
        let status: Failure.Status =
            switch kind {
            case .invalid: .invalid
            case .notFound: .notFound
            case .denied: .denied
            case .unavailable: .unsupported
            case .timedOut: .deadline
            case .failed: .failed
            }
        return Failure(description, status)
    }

    /// What `body` returns; its error as a failure.
    package static func answering<Value>(
        _ body: () throws(DesktopError) -> Value
    ) throws(Failure) -> Value {
        do throws(DesktopError) {
            return try body()
        } catch {
            throw error.failure
        }
    }
}
