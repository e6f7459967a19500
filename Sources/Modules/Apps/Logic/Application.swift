package import Desktop

/// An application as its desktop file describes it.
/// https://specifications.freedesktop.org/desktop-entry-spec/latest/recognized-keys.html
package struct Application: Sendable {
    /// With ".desktop".
    package let id: String
    package let path: String
    package let name: String
    package let genericName: String?
    package let comment: String?
    package let keywords: [String]
    package let categories: [String]
    package let mimeTypes: [String]
    package let command: String?
    package let tryProgram: String?
    package let workingFolder: String?
    package let icon: String?
    package let needsTerminal: Bool
    package let isActivatable: Bool
    package let actions: [Action]
    private let isHiddenFromMenus: Bool
    private let onlyShownIn: [String]
    private let notShownIn: [String]

    /// Something that an application offers beside opening itself, such as a private window.
    package struct Action: Sendable {
        package let id: String
        package let name: String
        package let command: String?
    }

    /// Nil if the file describes no application: a link, or one that lacks what it must have.
    package init?(_ file: DesktopFile, id: String, path: String) {
        guard file.text("Type") == "Application", let name = file.text("Name") else { return nil }
        command = file.text("Exec")
        isActivatable = file.flag("DBusActivatable")
        guard command != nil || isActivatable else { return nil }
        self.id = id
        self.path = path
        self.name = name
        genericName = file.text("GenericName")
        comment = file.text("Comment")
        keywords = file.list("Keywords")
        categories = file.list("Categories")
        mimeTypes = file.list("MimeType")
        tryProgram = file.text("TryExec")
        workingFolder = file.text("Path")
        icon = file.text("Icon")
        needsTerminal = file.flag("Terminal")
        isHiddenFromMenus = file.flag("NoDisplay")
        onlyShownIn = file.list("OnlyShowIn")
        notShownIn = file.list("NotShowIn")
        actions = file.list("Actions").compactMap { action in
            let group = "Desktop Action \(action)"
            guard let name = file.text("Name", in: group) else { return nil }
            return Action(id: action, name: name, command: file.text("Exec", in: group))
        }
    }

    /// Whether it is really installed: a package may leave the file of a program that is gone.
    package func isInstalled(_ environment: Environment) -> Bool {
        tryProgram.map { environment.program($0) != nil } ?? true
    }

    /// Whether it is one that a menu would show. A daemon that knows of no desktop shows those of
    /// all desktops.
    package func isShown(_ environment: Environment) -> Bool {
        guard !isHiddenFromMenus, isInstalled(environment) else { return false }
        for desktop in environment.desktops {
            if onlyShownIn.contains(desktop) { return true }
            if notShownIn.contains(desktop) { return false }
        }
        return onlyShownIn.isEmpty || environment.desktops.isEmpty
    }
}
