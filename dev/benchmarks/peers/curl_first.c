// Plain libcurl: asks the same question again and again on one connection, and prints for each how
// many microseconds there were from the question to the first byte of the answer's body.
//
// usage: curl_first URL COUNT BODY
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double first;

static double now_microseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    if (first == 0) first = now_microseconds();
    return size * count;
}

int main(int count, char **arguments) {
    if (count != 4) return 64;
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_URL, arguments[1]);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, arguments[3]);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    for (int index = 0; index < atoi(arguments[2]); index++) {
        first = 0;
        double begin = now_microseconds();
        if (curl_easy_perform(curl) != CURLE_OK || first == 0) return 1;
        printf("%.1f\n", first - begin);
    }
    return 0;
}
