import KernelStore

/// Whose a running task is. It is claimed for a while by the commit that begins its attempt, and
/// its kernel puts the end off as long as it lives. Where nobody else can be at the store, its lock
/// says sooner than any end that a kernel is dead.
extension EngineCore {
    static let leaseMilliseconds: Int64 = 60_000
    private static let renewMilliseconds: Int64 = 20_000

    var leaseEnd: Moment { now.adding(milliseconds: Self.leaseMilliseconds) }

    /// A kernel in which nothing runs is not woken for this.
    func keepLeases() {
        guard !isRenewalDue, placesTaken > 0 else { return }
        isRenewalDue = true
        due.add(.renew, at: now.adding(milliseconds: Self.renewMilliseconds))
    }

    func renewLeases() {
        isRenewalDue = false
        guard placesTaken > 0 else { return }
        // The next time is as good: three of them fit into a lease.
        records.renewLeases(of: options.owner, until: leaseEnd) { _ in }
        keepLeases()
    }

    /// When another kernel's task may be taken over; nil: now.
    func leaseToRespect(of record: TaskRecord) -> Moment? {
        guard !records.areExclusive, let lease = record.lease, lease > now else { return nil }
        return lease
    }

    /// The lease may have been renewed meanwhile, or the task may have ended.
    func lookAtLease(of id: TaskID) {
        records.task(id) { [mailbox] answer in
            mailbox.post { core in
                guard let entry = core.entries[id], entry.life.phase == .elsewhere else { return }
                switch answer {
                case .success(let record) where record.state == .running:
                    entry.record = record
                    core.takeOver(record)
                    core.reportRecovered()
                case .success(let record): core.feed(entry, .abandoned(record.state))
                case .failure:
                    let again = core.now.adding(milliseconds: Self.retryMilliseconds)
                    core.due.add(.takeOver(id), at: again)
                }
            }
        }
    }
}
