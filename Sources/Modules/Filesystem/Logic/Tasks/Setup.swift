import ModuleKit

/// What the configuration means, worked out once.
struct Setup: Sendable {
    let roots: Roots
    let journal: Journal

    /// `stateFolder` is the module's own, where the host has one.
    init(
        _ configuration: FilesystemConfiguration, startFolder: RawPath?, stateFolder: String?
    ) throws(Fault) {
        let home = Door.home()
        let path: RawPath
        if let journal = configuration.journal {
            path = RawPath(text: journal)
        } else if let stateFolder {
            path = RawPath(root: RawPath(text: stateFolder), components: [Array("undo".utf8)])
        } else {
            throw Fault(
                .failed, "This host keeps no files of modules; set journal under [modules.fs].")
        }
        guard let journalPath = Roots.expanded(path, home: home), journalPath.isAbsolute else {
            throw Fault(.invalid, "journal is \"\(path)\"; write it from \"/\" or \"~/\" on.")
        }
        journal = Journal(
            path: journalPath, entriesMax: configuration.journalEntries,
            bytesMax: configuration.journalMegabytes << 20)
        var closed = [journalPath, try Journal.kernelFolder("XDG_CONFIG_HOME", [".config"])]
        for name in ["kernel", "kernel-dev"] {
            closed.append(
                try Journal.kernelFolder("XDG_STATE_HOME", [".local", "state"], named: name))
            if Door.environment("XDG_RUNTIME_DIR") != nil {
                closed.append(try Journal.kernelFolder("XDG_RUNTIME_DIR", [], named: name))
            }
        }
        var roots = (configuration.roots ?? []).map { RawPath(text: $0) }
        if configuration.roots == nil {
            guard let startFolder else {
                throw Fault(
                    .notFound,
                    "The folder that the kernel was started in does not exist any more; "
                        + "set roots under [modules.fs].")
            }
            roots = [startFolder]
        }
        self.roots = try Roots(
            roots, protection: Protection(allowsHidden: configuration.hidden, closed: closed),
            home: home)
    }

    func changer(_ pulse: Pulse) -> Changer {
        Changer(roots: roots, journal: journal, pulse: pulse)
    }

    /// A task that is asked to show hidden files may do so only if the user opened them.
    func allowHidden(_ isAsked: Bool) throws(Fault) {
        guard isAsked, !roots.protection.allowsHidden else { return }
        throw Fault(
            .denied, "Hidden files are closed. To open them, set hidden = true under [modules.fs].")
    }
}

extension Pulse {
    init(_ call: Call) {
        var deadline: UInt64?
        if let instant = call.deadline {
            let left = SuspendingClock().now.duration(to: instant).components
            let nanoseconds = left.seconds * 1_000_000_000 + left.attoseconds / 1_000_000_000
            deadline = Door.monotonic() + UInt64(max(0, nanoseconds))
        }
        self.init(
            isCancelled: { call.isCancelled },
            progress: { call.progress(nil, $0) },
            output: { text in
                do {
                    try call.output(text)
                    return true
                } catch {
                    return false
                }
            },
            deadlineNanoseconds: deadline)
    }
}

extension Failure {
    init(_ fault: Fault) {
        let status: Status =
            switch fault.kind {
            case .invalid: .invalid
            case .notFound: .notFound
            case .denied: .denied
            case .failed: .failed
            case .limit: .limit
            case .busy: .busy
            case .cancelled: .cancelled
            case .unsupported: .unsupported
            }
        self.init(fault.description, status)
    }
}
