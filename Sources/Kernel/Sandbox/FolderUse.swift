import KernelSystem

/// How much lies in a module's own folder: what was written in an hour says nothing about what is
/// kept for a year.
struct FolderUse: Sendable, Hashable {
    /// Files, folders and links.
    private(set) var entries = 0
    private(set) var bytes: UInt64 = 0

    /// More than these are not counted, nor may they be there.
    static let entriesMax = 10_000

    init() {}

    /// Counts what is in a folder, until that is too much in any case.
    init(of folder: String, bytesMax: UInt64) {
        var folders = [folder]
        while let next = folders.popLast() {
            for name in (try? Files.names(in: next)) ?? [] {
                let path = Path.join(next, name)
                entries += 1
                guard entries <= Self.entriesMax, bytes <= bytesMax else { return }
                // A link may lead anywhere.
                guard !Files.isLink(path), let status = try? Files.status(path) else { continue }
                if status.kind == .directory { folders.append(path) }
                bytes += UInt64(max(0, status.bytes))
            }
        }
    }

    /// Why a process of the module is ended because of it; nil if that is not too much.
    func excess(of folder: String, _ limits: ResourceLimits, module: String) -> String? {
        let what: String
        if entries > Self.entriesMax {
            what = "\(Self.entriesMax) files"
        } else if bytes > limits.diskBytes {
            what = "\(limits.diskBytes >> 20) MiB"
        } else {
            return nil
        }
        return "module \(module) keeps more than \(what) in \(folder) and its process was ended; "
            + "disk_mb in [modules.\(module)] sets how much it may write and keep"
    }
}
