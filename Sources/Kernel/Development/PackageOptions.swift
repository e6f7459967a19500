/// How packages are built.
package struct PackageOptions: Sendable {
    /// False: the libraries are followed, but building them is left to their author.
    package var builds = true
    package var configuration = Configuration.debug
    /// A build that takes longer is ended.
    package var buildSecondsMax: Double = 1_800
    package var describeSecondsMax: Double = 60
    /// More builds than this wait for each other: compilers want much memory.
    package var buildsMax = 2

    package enum Configuration: String, Sendable, Hashable {
        case debug
        case release
    }

    package init() {}
}
