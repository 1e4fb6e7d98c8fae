"""The labs: what would be deployed to AWS. Learners read and change this folder; nothing in it imports a stand-in."""
