import Desktop
import DesktopTesting
import Testing

@testable import AppsLogic

struct CatalogTests {
    private let desktop = DesktopFolder()

    @Test func `a user's file overrides the system's, or deletes it`() throws {
        desktop.add("editor.desktop", "Name=System editor\nExec=a")
        desktop.add("editor.desktop", "Name=Local editor\nExec=a", at: "local")
        desktop.add("editor.desktop", "Name=My editor\nExec=a", at: DesktopFolder.user)
        desktop.add("game.desktop", "Name=Game\nExec=a")
        desktop.add("game.desktop", "Name=Game\nExec=a\nHidden=true", at: DesktopFolder.user)
        let catalog = desktop.catalog()
        #expect(catalog.shown.map(\.name) == ["My editor"])
        #expect(catalog["game"] == nil)
    }

    @Test func `a file in a folder has the folder in its id`() throws {
        desktop.add("kde/org/viewer.desktop", "Name=Viewer\nExec=a")
        #expect(desktop.catalog()["kde-org-viewer"]?.name == "Viewer")
    }

    @Test(arguments: [
        ("", "", true), ("NoDisplay=true", "", false), ("OnlyShowIn=GNOME;", "GNOME", true),
        ("OnlyShowIn=GNOME;", "ubuntu:GNOME", true), ("OnlyShowIn=GNOME;", "KDE", false),
        ("OnlyShowIn=GNOME;", "", true), ("NotShowIn=KDE;", "KDE", false),
        ("NotShowIn=KDE;", "GNOME", true), ("TryExec=/bin/sh", "", true),
        ("TryExec=sh", "", true), ("TryExec=/nowhere/sh", "", false),
        ("TryExec=no-such-program", "", false),
    ])
    func `a menu would show it, or not`(line: String, current: String, isShown: Bool) {
        desktop.add("a.desktop", "Name=A\nExec=a\n\(line)")
        let catalog = desktop.catalog(["XDG_CURRENT_DESKTOP": current])
        #expect(catalog.shown.isEmpty != isShown)
        #expect(catalog.all.count == 1)
    }

    @Test(arguments: ["Name=A", "Exec=a", "Type=Link\nName=A\nURL=x", "Type=Directory\nName=A"])
    func `what is no application is passed over`(text: String) {
        desktop.add("a.desktop", text)
        #expect(desktop.catalog().all.isEmpty)
    }

    @Test func `a link that leads back up ends`() {
        desktop.add("a.desktop", "Name=A\nExec=a")
        let folder = "\(desktop.folder.path)/system/applications"
        _ = ChildProcess.output(of: ["/bin/ln", "-s", folder, "\(folder)/loop"])
        #expect(desktop.catalog()["a"]?.name == "A")
    }

    private func addSome() {
        desktop.add(
            "firefox.desktop",
            "Name=Firefox\nGenericName=Web Browser\nExec=/usr/lib/firefox %u\n"
                + "Keywords=Internet;WWW;\nMimeType=text/html;image/png;")
        desktop.add("org.gnome.Terminal.desktop", "Name=Terminal\nExec=gnome-terminal")
        desktop.add("xterm.desktop", "Name=XTerm\nExec=xterm\nComment=A terminal for X")
        desktop.add("viewer.desktop", "Name=Image Viewer\nExec=eog\nMimeType=image/png;")
        desktop.add("fire.desktop", "Name=Campfire\nExec=fire")
    }

    @Test(arguments: [
        ("firefox", ["Firefox"]), ("fire", ["Campfire", "Firefox"]),
        ("terminal", ["Terminal", "XTerm"]), ("browser", ["Firefox"]), ("www", ["Firefox"]),
        ("web internet", ["Firefox"]), ("text/html", ["Firefox"]), ("eog", ["Image Viewer"]),
        ("IMAGE/*", ["Firefox", "Image Viewer"]), ("web camp", []), ("nothing", []), (" ", []),
    ])
    func `what fits best comes first`(text: String, expected: [String]) {
        addSome()
        let found = Search(text).ranked(desktop.catalog().shown).map(\.name)
        #expect(found == expected)
    }

    @Test(arguments: [
        ("firefox", "firefox.desktop"), ("FIREFOX", "firefox.desktop"),
        ("org.gnome.Terminal", "org.gnome.Terminal.desktop"),
        ("terminal", "org.gnome.Terminal.desktop"), ("image viewer", "viewer.desktop"),
        ("browser", "firefox.desktop"),
    ])
    func `an application is meant by its id, its name or a word`(text: String, id: String) throws {
        addSome()
        #expect(try desktop.catalog().application(named: text).id == id)
    }

    @Test func `what may be several is asked back, with their ids`() {
        addSome()
        desktop.add("second.desktop", "Name=Firefox\nExec=b")
        let catalog = desktop.catalog()
        let several = #expect(throws: DesktopError.self) {
            try catalog.application(named: "Firefox")
        }
        #expect(several?.description.contains("firefox.desktop") == true)
        #expect(several?.description.contains("second.desktop") == true)
        let none = #expect(throws: DesktopError.self) { try catalog.application(named: "nope") }
        #expect(none?.kind == .notFound)
    }
}
