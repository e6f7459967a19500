/* The Linux calls that Swift's Glibc overlay lacks, beside libinotifytools. No logic. */
#ifndef CINOTIFY_H
#define CINOTIFY_H

#include <inotifytools/inotify.h>
#include <inotifytools/inotifytools.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#endif
