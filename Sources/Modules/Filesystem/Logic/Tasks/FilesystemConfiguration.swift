import ModuleKit

/// The table `[modules.fs]`.
package struct FilesystemConfiguration: Arguments {
    @Argument(
        "Folders that may be read and changed, each from / or ~/ on. A relative path starts in the "
            + "first. Without this: the folder that the kernel was started in.",
        length: 1...100)
    var roots: [String]?

    @Argument("Open hidden files and shell start-up files inside the roots too.", default: false)
    var hidden: Bool

    @Argument(
        "Folder of the undo journal. Without this: modules/fs/undo in the kernel's state folder.")
    var journal: String?

    @Argument("How many changes the undo journal keeps.", default: 500, in: 1...10_000)
    var journalEntries: Int

    @Argument("How many megabytes the undo journal keeps.", default: 256, in: 1...100_000)
    var journalMegabytes: Int

    package init() {}
}
