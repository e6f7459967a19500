import Glibc

/// What the operating system answered, by its number.
struct SystemError: Error, Equatable, CustomStringConvertible {
    let number: CInt

    var description: String {
        let text = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return Self.advice[number].map { "\(text) (\($0))" } ?? text
    }

    /// What a person can do, where the system's own words do not say it.
    private static let advice: [CInt: String] = [
        ENOSPC: "free some space on that disk",
        EDQUOT: "free some of your quota",
        EROFS: "the disk is mounted without writing",
        EMFILE: "the kernel has too many files open; try again",
        ENFILE: "the machine has too many files open; try again",
        ENAMETOOLONG: "shorten the name",
        ETXTBSY: "the program is running; stop it first",
    ]
}
