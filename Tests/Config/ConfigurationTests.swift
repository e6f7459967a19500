import KernelConfig
import ModuleJSON
import Testing

struct ConfigurationTests {
    @Test func `an empty file is the defaults`() throws {
        let read = try configuration("")
        #expect(read.kernel == KernelSettings())
        #expect(read.log == LogSettings())
        #expect(read.dev == DevSettings())
        #expect(read.settings(ofModule: "fs") == ModuleSettings())
        #expect(read.modules.isEmpty && read.origins.isEmpty && read.warnings.isEmpty)
    }

    @Test func `every key arrives where it belongs`() throws {
        let read = try configuration(
            """
            [kernel]
            modules = ["~/a", "b/../c", "/d"]
            call_threads_max = 2
            drain_deadline_ms = 0
            probe_deadline_ms = 51
            probation_seconds = 3
            generations_max = 4
            generations_bytes_max = 2_097_152
            worker_idle_seconds = 6
            workers_max = 7
            main_slow_ms = 8
            [log]
            level = "error"
            modules = { fs = "debug" }
            file = "k.log"
            [dev]
            modules = ["x"]
            build = false
            configuration = "release"
            [modules.fs]
            enabled = false
            roots = ["~"]
            [modules.fs.tasks.read]
            mode = "process"
            timeout = 9
            """)
        #expect(
            read.kernel.modules.map(\.absolute) == [
                "/home/ann/a", "/home/ann/.config/kernel/c", "/d",
            ])
        #expect(read.kernel.modules.map(\.written) == ["~/a", "b/../c", "/d"])
        #expect(read.kernel.callThreadsMax == 2)
        #expect(read.kernel.drainDeadlineMilliseconds == 0)
        #expect(read.kernel.probeDeadlineMilliseconds == 51)
        #expect(read.kernel.probationSeconds == 3)
        #expect(read.kernel.generationsMax == 4)
        #expect(read.kernel.generationsBytesMax == 2 << 20)
        #expect(read.kernel.workerIdleSeconds == 6)
        #expect(read.kernel.workersMax == 7)
        #expect(read.kernel.mainSlowMilliseconds == 8)
        #expect(read.log.level(ofModule: "fs") == .debug)
        #expect(read.log.level(ofModule: "apps") == .error)
        #expect(read.log.file?.absolute == "/home/ann/.config/kernel/k.log")
        #expect(read.dev.modules.map(\.written) == ["x"])
        #expect(!read.dev.build && read.dev.configuration == .release)
        let settings = read.settings(ofModule: "fs")
        #expect(!settings.enabled)
        #expect(settings.tasks["read"]?.mode == .process)
        #expect(settings.tasks["read"]?.timeoutSeconds == 9)
        #expect(read.modules["fs"]?.own.table.json == ["roots": ["~"]])
    }

    @Test(arguments: [
        (
            "[kernel]\nworker_max = 1",
            "2:1: [kernel] worker_max: There is no such key. Did you mean \"workers_max\"?"
        ),
        ("[kernel]\nxyz = 1", "2:1: [kernel] xyz: There is no such key."),
        ("[kernl]", "1:2: [kernl]: There is no such table. Did you mean \"kernel\"?"),
        (
            "[kernel]\nworkers_max = \"4\"",
            "2:15: [kernel] workers_max: This is a string, but must be a whole number of "
                + "workers from 1 to 256."
        ),
        (
            "[kernel]\nworkers_max = 0",
            "2:15: [kernel] workers_max: This is 0, but must be a whole number of workers "
                + "from 1 to 256."
        ),
        (
            "[kernel]\nworkers_max = 1.5",
            "2:15: [kernel] workers_max: This is a fraction, but must be a whole number of "
                + "workers from 1 to 256."
        ),
        (
            "[kernel]\nmodules = [\"a\", 2]",
            "2:17: [kernel] modules: This is a whole number, but must be a list of paths (strings)."
        ),
        ("[kernel]\nmodules = [\"\"]", "2:12: [kernel] modules: A path cannot be empty."),
        (
            "[modules.fs.permissions]\nnetwork = [\"\"]",
            "2:12: [modules.fs.permissions] network: A text cannot be empty."
        ),
        (
            "[log]\nlevel = \"waning\"",
            "2:9: [log] level: This is \"waning\", but must be one of \"debug\", \"info\", "
                + "\"warning\", \"error\". Did you mean \"warning\"?"
        ),
        (
            "[log]\nmodules = { fs = \"loud\" }",
            "2:18: [log] modules: This is \"loud\", but must be one of \"debug\", \"info\", "
                + "\"warning\", \"error\"."
        ),
        (
            "[log.modules]\nfs = 1",
            "2:6: [log] modules: The entry \"fs\" is a whole number, but must be one of "
                + "\"debug\", \"info\", \"warning\", \"error\"."
        ),
        (
            "[dev]\nbuild = 1",
            "2:9: [dev] build: This is a whole number, but must be true or false."
        ),
        ("kernel = 1", "1:1: kernel: This is a whole number, but must be a table: write [kernel]."),
        (
            "workers_max = 1",
            "1:1: workers_max: A key outside of a table is not known. Did you mean the key of "
                + "the table [kernel]?"
        ),
        (
            "[modules]\nfs = true",
            "2:1: modules.fs: This is true or false, but must be a table: write [modules.fs]."
        ),
        (
            "[modules.\"a b\"]",
            "1:10: [modules] a b: This cannot be the id of a module: an id has 1 to 64 "
                + "letters, digits, \"_\" and \"-\"."
        ),
        (
            "[dev]\nconfiguration = \"relase\"",
            "2:17: [dev] configuration: This is \"relase\", but must be one of "
                + "\"debug\", \"release\". Did you mean \"release\"?"
        ),
        (
            "[modules.fs]\ntasks = 1",
            "2:1: modules.fs.tasks: This is a whole number, but must be a table: write "
                + "[modules.fs.tasks]."
        ),
        (
            "[modules.fs.tasks.read]\ntimeout = 0",
            "2:11: [modules.fs.tasks.read] timeout: This is 0, but must be a whole number of "
                + "seconds from 1 to 86400."
        ),
        (
            "[modules.fs.tasks.read]\nmod = \"main\"",
            "2:1: [modules.fs.tasks.read] mod: There is no such key. Did you mean \"mode\"?"
        ),
        (
            "[modules.fs]\nkey = \"env:\"",
            "2:7: [modules.fs] key: The reference names nothing. Write env:NAME, file:PATH or "
                + "keyring:NAME, or literal:env: if the text itself is meant."
        ),
        (
            "[providers.p]\nbase_url = \"http://ann:pw@h/v1\"",
            "2:12: [providers.p] base_url: A name or password must not stand in the address: "
                + "write keys = [\"file:PATH\"] instead."
        ),
        (
            "[providers.p]\nbase_url = \"http://h/v1?x=1\"",
            "2:12: [providers.p] base_url: The address must have no \"?\" or \"#\": the paths of "
                + "requests are added to it."
        ),
        (
            "[providers.p]\nbase_url = \"h/v1\"",
            "2:12: [providers.p] base_url: This is no address of a server: it must be as in "
                + "\"http://127.0.0.1:8080/v1\"."
        ),
        (
            "[providers.p.options]\nheaders = { Authorization = \"Bearer sk\" }",
            "2:29: [providers.p.options.headers] Authorization: A secret must not stand here: "
                + "write \"env:NAME\" or \"file:PATH\", and the whole value there."
        ),
        (
            "[providers.p]\nproxy = \"http://ann:pw@proxy:1\"",
            "2:9: [providers.p] proxy: A name or password must not stand here: write \"env:NAME\" "
                + "or \"file:PATH\", and the whole address there."
        ),
        ("a = ", "1:5: This is not TOML (key-value pair: encountered end-of-file)."),
    ])
    func `a mistake is named with its place`(text: String, line: String) {
        #expect(problems(text) == [line])
    }

    @Test func `all mistakes are reported, in the order of the file`() {
        let text = """
            [kernel]
            workers_max = 0
            x = 1
            [modules.fs.tasks.read]
            mode = 1
            [log]
            level = "?"
            """
        let places = problems(text, ["KERNEL_DEV_BUILD": "maybe"]).map { $0.prefix(4) }
        #expect(places == ["2:15", "3:1:", "5:8:", "7:9:", "envi"])
    }

    @Test func `of very many mistakes the first hundred are listed`() {
        let text = "[kernel]\n" + (1...30_000).map { "workers_\($0) = 1\n" }.joined()
        let found = problems(text)
        #expect(found.count == 101)
        #expect(found.last?.hasSuffix("There are 29900 more problems.") == true)
    }

    @Test func `variables stand over the file`() throws {
        let read = try configuration(
            "[log]\nlevel = \"error\"\n[kernel]\nworkers_max = 3",
            [
                "KERNEL_LOG_LEVEL": "debug", "KERNEL_KERNEL_MAIN_SLOW_MS": "7",
                "KERNEL_DEV_BUILD": "off", "KERNEL_LOG_FILE": "~/x.log",
            ])
        #expect(read.log.level == .debug)
        #expect(read.log.file?.absolute == "/home/ann/x.log")
        #expect(read.kernel.workersMax == 3 && read.kernel.mainSlowMilliseconds == 7)
        #expect(!read.dev.build)
        #expect(read.origins["log.level"] == .variable("KERNEL_LOG_LEVEL"))
        #expect(read.origins["kernel.workers_max"] == .file(TomlPosition(line: 4, column: 1)))
        #expect(read.warnings.isEmpty)
    }

    @Test(arguments: [
        (
            "KERNEL_LOG_LEVEL", "loud",
            "[log] level: This is \"loud\", but must be one of \"debug\", \"info\", "
                + "\"warning\", \"error\"."
        ),
        (
            "KERNEL_KERNEL_WORKERS_MAX", "many",
            "[kernel] workers_max: This is \"many\", but must be a whole number of workers "
                + "from 1 to 256."
        ),
        (
            "KERNEL_KERNEL_WORKERS_MAX", "999",
            "[kernel] workers_max: This is 999, but must be a whole number of workers from 1 "
                + "to 256."
        ),
        ("KERNEL_DEV_BUILD", "", "[dev] build: This is \"\", but must be true or false."),
    ])
    func `a variable is checked like the file`(name: String, value: String, problem: String) {
        #expect(problems("", [name: value]) == ["environment variable \(name): \(problem)"])
    }

    @Test func `a variable that is not known is warned about`() throws {
        let read = try configuration(
            "", ["KERNEL_LOG_LEVL": "debug", "KERNEL_CONFIG": "x", "PATH": "/bin"])
        #expect(
            read.warnings.map(\.description) == [
                "environment variable KERNEL_LOG_LEVL: The kernel does not know this variable, and "
                    + "ignores it. Did you mean \"KERNEL_LOG_LEVEL\"?"
            ])
    }

    @Test func `a list of paths has a limit`() {
        let list = Array(repeating: "\"a\"", count: 257).joined(separator: ",")
        #expect(
            problems("[dev]\nmodules = [\(list)]") == [
                "2:11: [dev] modules: The list has 257 entries; at most 256 are read."
            ])
        let long = String(repeating: "a", count: 4097)
        #expect(problems("[log]\nfile = \"\(long)\"").count == 1)
    }
}
