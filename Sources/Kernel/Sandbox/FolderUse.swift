import CSandbox
import KernelSystem

/// How much lies in a module's own folder: what was written in an hour says nothing about what is
/// kept for a year.
struct FolderUse: Sendable, Hashable {
    /// Files, folders and links.
    private(set) var entries = 0
    private(set) var bytes: UInt64 = 0
    /// Why it is not known how much that is.
    private var problem: String?

    /// More than these are not counted, nor may they be there.
    static let entriesMax = 10_000

    init() {}

    /// Counts what is in a folder, until that is too much in any case. What cannot be looked
    /// through could hold anything.
    init(of folder: String, bytesMax: UInt64) {
        var use = sandbox_folder_use()
        let status = unsafe sandbox_count_folder(folder, UInt64(Self.entriesMax), bytesMax, &use)
        entries = Int(clamping: use.entries)
        bytes = use.bytes
        switch status {
        case 0: break
        case SANDBOX_TOO_DEEP:
            problem = "folders more than \(SANDBOX_FOLDER_DEPTH_MAX) deep"
        default:
            let error = SystemError("look through", folder, code: status)
            problem = "something that cannot be looked through (\(error.reason))"
        }
    }

    /// Why a process of the module is ended because of it; nil if that is not too much.
    func excess(of folder: String, _ limits: ResourceLimits, module: String) -> String? {
        let what: String
        let advice: String
        if bytes > limits.diskBytes {
            what = "more than \(limits.diskBytes >> 20) MiB"
            advice = "disk_mb in [modules.\(module)] sets how much it may write and keep"
        } else if entries > Self.entriesMax {
            what = "more than \(Self.entriesMax) files"
            advice = "it works again when some of them are removed"
        } else if let problem {
            what = problem
            advice = "it works again when that is removed"
        } else {
            return nil
        }
        return "module \(module) keeps \(what) in \(folder) and its process was ended; \(advice)"
    }
}
