import KernelConfig
import Testing

struct PathsTests {
    private func process(
        _ environment: [String: String], executable: String? = nil
    ) -> Paths.Process {
        Paths.Process(
            environment: environment, userId: 1000, workingFolder: "/here", executable: executable)
    }

    @Test func `without XDG variables all lies below the home`() throws {
        let paths = try Paths(process(["HOME": "/home/ann"], executable: "/opt/k/bin/kernel"))
        #expect(paths.configurationFile == "/home/ann/.config/kernel/kernel.toml")
        #expect(paths.configurationChoice == .standard)
        #expect(paths.stateFolder == "/home/ann/.local/state/kernel")
        #expect(paths.cacheFolder == "/home/ann/.cache/kernel")
        #expect(paths.userModulesFolder == "/home/ann/.local/share/kernel/modules")
        #expect(
            paths.systemModulesFolders == [
                "/opt/k/lib/kernel/modules", "/usr/lib/kernel/modules",
            ])
        #expect(paths.runFolder == "/tmp/kernel-1000/kernel")
        #expect(paths.privateFolders == ["/tmp/kernel-1000", "/tmp/kernel-1000/kernel"])
        #expect(paths.socket == "/tmp/kernel-1000/kernel/kernel.sock")
    }

    @Test func `XDG variables are followed`() throws {
        let paths = try Paths(
            process(
                [
                    "HOME": "/home/ann", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s/",
                    "XDG_CACHE_HOME": "/k", "XDG_DATA_HOME": "/d",
                    "XDG_RUNTIME_DIR": "/run/user/1000",
                ], executable: "/usr/bin/kernel"))
        #expect(paths.configurationFile == "/c/kernel/kernel.toml")
        #expect(paths.stateFolder == "/s/kernel")
        #expect(paths.cacheFolder == "/k/kernel")
        #expect(paths.userModulesFolder == "/d/kernel/modules")
        #expect(paths.systemModulesFolders == ["/usr/lib/kernel/modules"])
        #expect(paths.runFolder == "/run/user/1000/kernel")
        #expect(paths.privateFolders == ["/run/user/1000/kernel"])
    }

    @Test(arguments: ["", "relative/path", "./x", "~/.config"])
    func `an XDG variable that is no absolute path is ignored`(value: String) throws {
        let names = [
            "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
        ]
        var environment = ["HOME": "/home/ann"]
        let plain = try Paths(process(environment))
        for name in names { environment[name] = value }
        #expect(try Paths(process(environment)) == plain)
    }

    @Test func `development keeps its state apart but reads the same file`() throws {
        let environment = ["HOME": "/h", "XDG_RUNTIME_DIR": "/run/u"]
        let daily = try Paths(process(environment))
        let development = try Paths(process(environment), isDevelopment: true)
        #expect(development.configurationFile == daily.configurationFile)
        #expect(development.userModulesFolder == daily.userModulesFolder)
        #expect(development.stateFolder == "/h/.local/state/kernel-dev")
        #expect(development.runFolder == "/run/u/kernel-dev")
        #expect(development.cacheFolder == "/h/.cache/kernel-dev")
    }

    @Test func `the argument stands over the variable, and that over the standard place`() throws {
        let environment = ["HOME": "/h", "KERNEL_CONFIG": "b.toml"]
        let argument = try Paths(process(environment), configuration: "../a.toml")
        #expect(argument.configurationFile == "/a.toml")
        #expect(argument.configurationChoice == .argument)
        let variable = try Paths(process(environment))
        #expect(variable.configurationFile == "/here/b.toml")
        #expect(variable.configurationChoice == .environment)
        let empty = try Paths(process(["HOME": "/h", "KERNEL_CONFIG": ""]))
        #expect(empty.configurationChoice == .standard)
        #expect(throws: PathsError.emptyArgument) {
            try Paths(process(environment), configuration: "")
        }
    }

    @Test func `without HOME the password database is asked, and without that it is an error`()
        throws
    {
        var process = process(["HOME": "not/absolute"])
        #expect(throws: PathsError.noHome) { try Paths(process) }
        process.homeFolder = "/home/bob"
        #expect(try Paths(process).home == "/home/bob")
    }

    @Test(arguments: [
        ("/a", "b", "/a/b"), ("/a", "/b", "/b"), ("/a/b", "../c", "/a/c"), ("/", "..", "/"),
        ("/a//", "./b/.", "/a/b"), ("/a", "../../../b", "/b"),
    ])
    func `paths are joined`(folder: String, path: String, whole: String) {
        #expect(PathText.join(folder, path) == whole)
    }
}
