package import ModuleChat

/// Of a kernel that runs no models itself.
package struct NoLocalModels: LocalModelSource {
    package init() {}

    package func borrow(
        _ name: String, progress: @escaping @Sendable (LoadingProgress) -> Void,
        done: @escaping @Sendable (Result<LoadedModel, ChatFailure>) -> Void
    ) -> LocalLoan {
        done(
            .failure(
                ChatFailure(
                    .modelNotFound,
                    "\(name) is a file, and this kernel does not run models itself: start "
                        + "llama-server with it and name that server in [providers.llama-server]")))
        return LocalLoan(giveBack: {})
    }
}
