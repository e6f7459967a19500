/// What happens to a package folder that is built whenever its sources change.
package struct PackageNews: Sendable, Hashable {
    /// The name that a person knows it by.
    package let package: String
    package let folder: String
    package let kind: Kind

    package enum Kind: Sendable, Hashable {
        case building
        /// Whether a library has changed is told by the loader.
        case built(nanoseconds: UInt64, warnings: Problems)
        /// What is in service goes on.
        case failed(nanoseconds: UInt64, Problems)
    }

    /// The first problems, in the order in which they were printed.
    package struct Problems: Sendable, Hashable {
        package let first: [BuildProblem]
        /// How many more there were.
        package let more: Int

        package init(_ first: [BuildProblem], more: Int = 0) {
            self.first = first
            self.more = more
        }

        /// One line for each problem, and one for those that are not shown.
        package var lines: [String] {
            first.map(\.description) + (more > 0 ? ["and \(more) more"] : [])
        }
    }

    package init(package: String, folder: String, kind: Kind) {
        self.package = package
        self.folder = folder
        self.kind = kind
    }
}
