/// A build that has failed in service, and how.
package struct BuildFailure: Sendable, Hashable {
    package var module: String
    /// The hash of its file.
    package var build: String
    package var failureClass: FailureClass
    /// A sentence about this time.
    package var reason: String

    package init(module: String, build: String, _ failureClass: FailureClass, reason: String) {
        self.module = module
        self.build = build
        self.failureClass = failureClass
        self.reason = reason
    }
}
