import ModuleKit

struct ListArguments: Arguments {
    @Argument("The folder; ~ is the home.", default: ".")
    var path: LocalPath

    @Argument("How many levels: 1 is the folder itself.", default: 1, in: 1...20)
    var depth: Int

    @Argument("Show hidden entries too, where the configuration allows it.", default: false)
    var hidden: Bool

    @Argument("At most so many entries; the rest is counted.", default: 200, in: 1...5000)
    var limit: Int
}

struct ReadArguments: Arguments {
    @Argument("The file; ~ is the home.")
    var path: LocalPath

    @Argument("Number of the first line, from 1 on.", default: 1, in: 1...)
    var first: Int

    @Argument("At most so many lines.", default: 2000, in: 1...100_000)
    var lines: Int

    @Argument("At most so many bytes.", default: 262_144, in: 1...4_194_304)
    var bytes: Int

    @Argument(
        "Byte at which the line first begins, as an earlier answer gave it: saves passing over a "
            + "large file again.", in: 0...)
    var offset: Int?

    @Argument("Put its number before each line.", default: false)
    var numbers: Bool
}

struct StatArguments: Arguments {
    @Argument("The file, folder or link.")
    var path: LocalPath

    @Argument("Compute the SHA-256 of the content too.", default: false)
    var hash: Bool
}

struct SearchArguments: Arguments {
    @Argument("The folder to search, with all beneath it, or one file.", default: ".")
    var path: LocalPath

    @Argument(
        "Pattern for names: * ? [a-z] {a,b}; with a slash for paths beneath the folder, where ** "
            + "is any number of folders. Without text or pattern: find these names.",
        length: 1...1000)
    var name: String?

    @Argument("Find lines that contain exactly this.", length: 1...1000)
    var text: String?

    @Argument(
        "Find lines that match this regular expression: "
            + ". [ ] ( ) | * + ? {2,5} ^ $ \\d \\w \\s \\b.",
        length: 1...1000)
    var pattern: String?

    @Argument("Take upper and lower case as the same.", default: false)
    var ignoreCase: Bool

    @Argument("Search what .gitignore files leave out too.", default: false)
    var ignored: Bool

    @Argument("Search hidden files too, where the configuration allows it.", default: false)
    var hidden: Bool

    @Argument("At most so many matches.", default: 200, in: 1...10_000)
    var limit: Int

    @Argument(
        "At most so many seconds; what was found until then counts.", default: 20, in: 1...300)
    var seconds: Int
}

struct ChangesArguments: Arguments {
    @Argument("At most so many, the newest first.", default: 50, in: 1...10_000)
    var limit: Int

    @Argument("Only those whose path contains this.")
    var path: String?
}
