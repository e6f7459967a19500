import Desktop
import DesktopTesting
import Testing

@testable import AppsLogic

struct DefaultApplicationsTests {
    private let desktop = DesktopFolder()

    init() {
        desktop.add("a.desktop", "Name=A\nExec=a\nMimeType=text/html;")
        desktop.add("b.desktop", "Name=B\nExec=a\nMimeType=text/html;text/plain;")
        desktop.add("gone.desktop", "Name=Gone\nExec=a\nTryExec=/nowhere\nMimeType=text/html;")
        desktop.add("hidden.desktop", "Name=H\nExec=a\nNoDisplay=true")
        desktop.add("web.desktop", "Name=W\nExec=a\nMimeType=x-scheme-handler/https;")
    }

    private func list(_ text: String, _ place: String) {
        desktop.folder.write(text, to: "\(place)mimeapps.list")
    }

    private func found(_ type: String, desktops: String = "") -> String? {
        let environment = desktop.environment(["XDG_CURRENT_DESKTOP": desktops])
        return DefaultApplications(environment, Catalog(environment), MimeTypes(environment))
            .application(for: type)?.id
    }

    @Test func `without any list, what declares the type opens it`() {
        #expect(found("text/html") == "a.desktop")
        #expect(found("x-scheme-handler/https") == "web.desktop")
        #expect(found("x-scheme-handler/mailto") == nil)
        #expect(found("image/png") == nil)
    }

    @Test func `a type that nobody opens is opened as what it descends from`() {
        #expect(found("text/x-unheard-of") == "b.desktop")
    }

    @Test func `the user's choice goes before the desktop's and the system's`() {
        list("[Default Applications]\ntext/html=a.desktop\n", "system/applications/")
        list("[Default Applications]\ntext/html=web.desktop\n", "etc/gnome-")
        #expect(found("text/html") == "a.desktop")
        #expect(found("text/html", desktops: "GNOME") == "web.desktop")
        list("[Default Applications]\ntext/html=b.desktop\n", "home/.config/")
        #expect(found("text/html", desktops: "GNOME") == "b.desktop")
    }

    @Test func `a choice that is not installed is passed over, a hidden one is not`() {
        list(
            "[Default Applications]\ntext/html=none.desktop;gone.desktop;hidden.desktop;\n",
            "home/.config/")
        #expect(found("text/html") == "hidden.desktop")
    }

    @Test func `associations are added and removed`() {
        list("[Removed Associations]\ntext/html=a.desktop;\n", "home/.config/")
        #expect(found("text/html") == "b.desktop")
        list(
            "[Added Associations]\ntext/html=web.desktop;\n"
                + "[Removed Associations]\ntext/html=a.desktop;\n", "home/.config/")
        #expect(found("text/html") == "web.desktop")
    }
}
