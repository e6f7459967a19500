import ModuleKit

struct ListArguments: Arguments {
    @Argument("Only those of a category, such as Game, Office or AudioVideo.")
    var category: String?
    @Argument("Also those that menus do not show.", default: false) var all: Bool
    @Argument("How many at most.", default: 200, in: 1...1000) var limit: Int
}

struct FindArguments: Arguments {
    @Argument(
        "Words of the name or the purpose, or a MIME type such as text/html or image/*.",
        length: 1...200)
    var query: String
    @Argument("How many at most.", default: 10, in: 1...100) var limit: Int
}

struct LaunchArguments: Arguments {
    @Argument("The id or the name of the application.", length: 1...200) var app: String
    @Argument("Full paths or URLs to open with it.", default: [], length: 0...50)
    var targets: [String]
    @Argument("Something it offers beside opening itself, as apps.list names it.")
    var action: String?
}

struct OpenArguments: Arguments {
    @Argument("A full path, a path from ~, or a URL.", length: 1...) var target: String
}
