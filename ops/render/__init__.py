"""Values to text: tables for people, formats for machines. Nothing here computes."""
