import KernelSystem

/// Programs that the code under test starts, which would stay if the tests were killed.
package enum TiedProgram {
    /// Takes the place of a program: becomes it, after it has asked the system to end it with
    /// whoever started it. That is a thread, which must live as long as the program is wanted.
    package static func make(_ program: String, in folder: TemporaryFolder) throws -> String {
        let path = folder.file("tied-" + Path.name(of: program))
        let tie = try Program.inPath("setpriv")
        let script = "#!/bin/sh\nexec '\(tie)' --pdeathsig KILL '\(program)' \"$@\"\n"
        try Files.replace(path, with: Array(script.utf8), permissions: 0o700)
        return path
    }
}
