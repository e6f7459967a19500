package import KernelBuilds

/// Something about modules that every client is told.
package enum LoaderEvent: Sendable, Hashable {
    case serving(Reloaded)
    /// A build was not taken into service; the one before it, if any, goes on.
    case refused(Refused)
    /// The new build failed in its first moments, and the one before it is back.
    case returned(module: String, generation: UInt64, reason: String)
    /// The worker that a module lives in has ended, or could not be brought up. The consequence
    /// goes on after "it is".
    case ended(module: String, reason: String, consequence: String)
    case retired(module: String, reason: String)
    /// What the module was missing is there again.
    case resumed(module: String, generation: UInt64)
    /// Another file with the same id comes first.
    case shadowed(module: String, source: String, by: String)
    case warning(String)
    /// A module's own check failed, or holds again: then there is no reason.
    case health(module: String, problem: String?)
    /// A package folder of `dev.modules` is being built, or has been.
    case package(PackageNews)

    package struct Reloaded: Sendable, Hashable {
        package let module: String
        package let version: String
        package let generation: UInt64
        package let build: String
        /// From the first look at the file to the swap.
        package let nanoseconds: UInt64
        package let tasks: TaskChanges
        /// False for the first generation of a module.
        package let isReload: Bool
        /// The same bytes as before, under another name or by hand.
        package let isSameBuild: Bool
        /// Calls that were asked to end because of the reload.
        package let callsCancelled: Int
    }

    package struct Refused: Sendable, Hashable {
        /// nil if the file never got as far as to say whose it is.
        package let module: String?
        package let source: String
        package let step: String
        package let reason: String
        /// The generation that goes on serving.
        package let stillServing: UInt64?

        package var sentence: String { "\(step): \(reason)" }
    }
}
