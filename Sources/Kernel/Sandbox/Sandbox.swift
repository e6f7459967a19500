import CSandbox
import KernelSystem

/// Raises walls around this process. There is no way back.
package enum Sandbox {
    /// Once in the zygote, as long as it has one thread: what every worker inherits.
    package static func prepareZygote() {
        sandbox_enter_namespaces()
        sandbox_drop_privileges()
        sandbox_compile_filters()
        hideMemory()
    }

    /// Keeps the memory and the environment of this process from all others of its user.
    package static func hideMemory() {
        _ = sandbox_set_dumpable(0)
    }

    /// Who is to be behind the walls.
    package enum Inmate: Sendable {
        /// A module's library, which this process opens.
        case module
        /// A program that this process becomes, and all that it starts.
        case program
    }

    /// In a worker, before it has a second thread and before any code of a module runs in it.
    package static func raise(_ walls: Walls, around inmate: Inmate = .module) -> WallReport {
        var missing = missingNamespaces()
        func note(_ wall: WallReport.Wall, _ what: String, _ code: Int32) {
            guard code != 0, missing[wall] == nil else { return }
            missing[wall] = SystemError(what, code: code).description
        }
        note(.privileges, "drop privileges", sandbox_privileges_problem())
        // The zygote's memory is hidden. Of this process the kernel has to see what it writes,
        // which the system shows only as long as it may be examined.
        note(.limits, "be examined", sandbox_set_dumpable(1))
        guard walls.strength != .off else {
            for wall in [WallReport.Wall.files, .systemCalls, .limits] {
                missing[wall] = "switched off"
            }
            return WallReport(missing: missing, landlockVersion: 0)
        }
        // Where the system does not allow it, only what the kernel counts bounds them.
        if inmate == .program { _ = sandbox_bound_processes(walls.limits.threads) }
        for (limit, most) in limits(walls) {
            note(.limits, "set a limit", sandbox_limit(limit, most))
        }
        note(.privileges, "hold its own folder in /proc", sandbox_hold_own_proc())
        // Without a filter nobody helps libdispatch to its own threads' files: see traps.c.
        var walls = walls
        if inmate == .module, sandbox_filters_problem() != 0 {
            walls.rules.append(Walls.Rule("/proc", .read))
        }
        let version = min(
            Int(sandbox_landlock_version()), walls.landlockVersionMax.map { Int($0) } ?? .max)
        var absent: [String] = []
        if version == 0 {
            missing[.files] = "this system has no Landlock"
        } else {
            note(.files, "close the file system", restrictFiles(walls, version, &absent))
        }
        let problem = sandbox_filters_problem()
        if problem != 0 {
            let reason = SystemError("use libseccomp.so.2", code: problem).description
            missing[.systemCalls] = reason
        } else {
            note(.systemCalls, "filter system calls", restrictCalls(walls, inmate, version))
        }
        return WallReport(missing: missing, landlockVersion: version, absentPaths: absent)
    }

    private static func restrictCalls(
        _ walls: Walls, _ inmate: Inmate, _ landlockVersion: Int
    ) -> Int32 {
        let changes: Int32 = walls.allowsChanges ? 1 : 0
        return switch inmate {
        case .module: sandbox_restrict_system_calls(changes)
        // From its sixth version on, Landlock keeps signals within.
        case .program: sandbox_restrict_program_calls(changes, landlockVersion >= 6 ? 1 : 0)
        }
    }

    private static func missingNamespaces() -> [WallReport.Wall: String] {
        let entered = sandbox_entered_namespaces()
        let all: [(WallReport.Wall, UInt32)] = [
            (.users, SANDBOX_NAMESPACE_USER), (.network, SANDBOX_NAMESPACE_NETWORK),
            (.ipc, SANDBOX_NAMESPACE_IPC),
        ]
        var missing: [WallReport.Wall: String] = [:]
        for (wall, bit) in all where entered & bit == 0 {
            missing[wall] = "this system does not allow it"
        }
        return missing
    }

    private static func limits(_ walls: Walls) -> [(Int32, UInt64)] {
        var limits: [(Int32, UInt64)] = [
            (SANDBOX_LIMIT_FILE_BYTES, walls.allowsWriting ? walls.limits.diskBytes : 0),
            (SANDBOX_LIMIT_DESCRIPTORS, walls.limits.descriptorsAtMost),
            (SANDBOX_LIMIT_LOCKED_BYTES, 0),
            // 1, not 0: a program that takes dumps out of a pipe is started for 0 as well.
            (SANDBOX_LIMIT_CORE_BYTES, 1),
            (SANDBOX_LIMIT_QUEUE_BYTES, 0),
            (SANDBOX_LIMIT_SIGNALS, 1_024),
            (SANDBOX_LIMIT_REAL_TIME, 0),
            (SANDBOX_LIMIT_PRIORITY, 0),
        ]
        if sandbox_is_sanitized() == 0 {
            limits.append((SANDBOX_LIMIT_DATA, walls.limits.dataBytes))
        }
        return limits
    }

    private static func restrictFiles(
        _ walls: Walls, _ version: Int, _ absent: inout [String]
    ) -> Int32 {
        let access = walls.rules.map { UInt32($0.access.rawValue) }
        var missing = [UInt8](repeating: 0, count: walls.rules.count)
        let paths = CStrings(walls.rules.map(\.path))
        let code = unsafe paths.withPointers {
            unsafe sandbox_restrict_files(
                $0, access, &missing, walls.rules.count, Int32(version))
        }
        absent = zip(walls.rules, missing).filter { $0.1 != 0 }.map(\.0.path)
        return code
    }
}
