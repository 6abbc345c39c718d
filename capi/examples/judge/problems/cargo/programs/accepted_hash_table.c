#include <stdio.h>
#include <string.h>

enum { SLOTS = 8192 };

static char words[SLOTS][31];
static int counts[SLOTS];

int main(void) {
  char word[31];
  unsigned best = 0;
  while (scanf("%30s", word) == 1) {
    unsigned slot = 5381;
    for (const char *c = word; *c != 0; c++) slot = slot * 33 + (unsigned char)*c;
    slot %= SLOTS;
    while (counts[slot] != 0 && strcmp(words[slot], word) != 0) slot = (slot + 1) % SLOTS;
    strcpy(words[slot], word);
    counts[slot]++;
  }
  for (unsigned i = 0; i < SLOTS; i++) {
    if (counts[i] > counts[best] ||
        (counts[i] == counts[best] && counts[i] != 0 && strcmp(words[i], words[best]) < 0)) {
      best = i;
    }
  }
  printf("%s %d\n", words[best], counts[best]);
  return 0;
}
